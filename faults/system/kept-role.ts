import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NODE_FLAGS } from '../../app/roles/roles';
import { endWithUs } from '../../test/watchdog';

const RESTART_PAUSE_MS = 250;

export interface KeptRoleOptions {
  /** For the log's file, and for messages. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The root of the build that it runs: `dist`, or another version's. */
  readonly build: string;
  /** The folder for its log. */
  readonly folder: string;
}

/** A process of the platform that is started again whenever it ends, as the supervisor of `make up` does. */
export class KeptRole {
  /** The exit codes or signals with which it ended without being told to. */
  readonly crashes: string[] = [];
  private child: ChildProcess | undefined;
  /** The process that was last told to end. */
  private ordered: ChildProcess | undefined;
  private wanted = false;
  private keeping: Promise<void> = Promise.resolve();

  constructor(private options: KeptRoleOptions) {}

  get name(): string {
    return this.options.name;
  }

  get env(): Readonly<Record<string, string>> {
    return this.options.env;
  }

  /** The process as it runs now; undefined while there is none. */
  get pid(): number | undefined {
    const { child } = this;
    return child?.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.keeping = this.keep();
  }

  /** Ends it, and does not start it again. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.wanted = false;
    this.signal('SIGCONT');
    this.signal(signal);
    await this.keeping;
  }

  /** Sends a signal to the process as it runs now. One that ends it counts as an order. */
  signal(signal: NodeJS.Signals): void {
    const { child } = this;
    if (!child || this.pid === undefined) return;
    // Once for each process: a second signal may come before the first one has ended it.
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.ordered = child;
    child.kill(signal);
  }

  /** Another environment or build, from its next start on. */
  change(options: Partial<Pick<KeptRoleOptions, 'env' | 'build'>>): void {
    this.options = { ...this.options, ...options };
  }

  private async keep(): Promise<void> {
    while (this.wanted) {
      const child = (this.child = this.spawn());
      endWithUs(child);
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      if (!this.wanted) return;
      if (this.ordered !== child) this.crashes.push(String(code ?? signal));
      await delay(RESTART_PAUSE_MS);
    }
  }

  private spawn(): ChildProcess {
    const { name, roles, env, build, folder } = this.options;
    const log = openSync(join(folder, `${name}.log`), 'a');
    try {
      return spawn(process.execPath, [...NODE_FLAGS, join(build, 'app/roles/start.js'), ...roles], {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', log, log],
      });
    } finally {
      closeSync(log);
    }
  }
}
