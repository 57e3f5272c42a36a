/** How to run one process. Plain data: it is written to a file, from which a later supervisor continues. */
export interface ProcessSpec {
  /** A unique name; also that of the log. */
  readonly name: string;
  /** Roles use services, and so are stopped first. */
  readonly kind: 'service' | 'role';
  /** The processes of a group are stopped together: several brokers are one Kafka. */
  readonly group: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The user to run it as; absent = the supervisor's own user. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly cwd: string;
  /** The complete environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** The ports that it listens on. */
  readonly ports: readonly number[];
  /** The time between the stop signal and SIGKILL, in milliseconds. */
  readonly stopTimeout: number;
  /** A process whose fingerprint changes is restarted. */
  readonly fingerprint: string;
}
