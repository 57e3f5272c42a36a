import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NODE_FLAGS } from '../../app/roles/roles';
import { projectRoot } from '../../infra/local/run';
import { assertNoSecrets } from './secrets';

const START = join(projectRoot(), 'dist/app/roles/start.js');

/** A process of the platform, started as `npm start` starts it. */
export class RoleProcess {
  /** The API's URL; empty where the process has no API. */
  url = '';
  /** The URL of health and metrics; empty where the API serves them. */
  opsUrl = '';
  /** The lines that it has written so far. */
  readonly log: string[] = [];

  private readonly started: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.started = this.untilStarted();
    this.started.catch(() => undefined);
  }

  /** Resolves when the process has logged that it started. @throws {Error} with its output, when it ends before */
  static async start(roles: readonly string[], env: Readonly<Record<string, string>>): Promise<RoleProcess> {
    const process = RoleProcess.spawn(roles, env);
    await process.started;
    return process;
  }

  /** The same, without waiting for it to start. */
  static spawn(roles: readonly string[], env: Readonly<Record<string, string>>): RoleProcess {
    const child = spawn(process.execPath, [...NODE_FLAGS, START, ...roles], {
      env: { PATH: process.env['PATH'], OPS_PORT: '0', ...env, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new RoleProcess(child, env);
  }

  get pid(): number {
    return this.child.pid!;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Sends the signal. Resolves with the exit code, when the process has ended; null after a signal that it does not handle. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    if (!this.running) return this.child.exitCode;
    const ended = this.ended();
    this.child.kill(signal);
    return ended;
  }

  /** Resolves with the exit code when the process ends by itself; null after a signal that it does not handle. */
  async ended(): Promise<number | null> {
    if (!this.running) return this.child.exitCode;
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return code;
  }

  /** The same with SIGTERM. @throws {Error} when the process has shown one of the secrets that it was given */
  async stop(): Promise<number | null> {
    const code = await this.kill('SIGTERM');
    assertNoSecrets(this.log, this.env);
    return code;
  }

  private untilStarted(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`the process ended instead of starting:\n${this.log.join('\n')}`));
      this.child.once('exit', fail);
      createInterface(this.child.stderr!).on('line', (line) => this.log.push(line));
      createInterface(this.child.stdout!).on('line', (line) => {
        this.log.push(line);
        if (!line.includes('"msg":"started"')) return;
        const { url, opsUrl } = JSON.parse(line) as { url?: string; opsUrl?: string };
        this.url = url ?? '';
        this.opsUrl = opsUrl ?? '';
        this.child.off('exit', fail);
        resolve();
      });
    });
  }
}
