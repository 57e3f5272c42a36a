/** How to run one process. Plain data: it is written to a file, and a supervisor started later goes on with it. */
export interface ProcessSpec {
  /** Unique; also the name of the log. */
  readonly name: string;
  readonly kind: 'service' | 'role';
  /** What it is part of: several brokers are one Kafka, and are stopped together. */
  readonly group: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Who to start it as; absent = the supervisor's own user. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly cwd: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** Ports that it listens on. */
  readonly ports: readonly number[];
  /** Milliseconds between the stop signal and SIGKILL. */
  readonly stopTimeout: number;
  /** A process whose fingerprint changes is stopped and started anew. */
  readonly fingerprint: string;
}
