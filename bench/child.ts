import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NODE_FLAGS } from '../app/roles/roles';
import { processorTimeOf } from './processor-time';

/** The root of the build: `dist`. */
const BUILD = join(__dirname, '..');

/** A process of the build. It logs JSON lines to stdout: one with the `msg` "started" and, if it listens, its `url`. */
export class Child {
  url = '';
  private readonly process: ChildProcess;
  private readonly lines: string[] = [];
  private readonly waiting = new Map<string, (line: Record<string, unknown>) => void>();
  private isStopping = false;

  private constructor(script: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.process = spawn(process.execPath, [...NODE_FLAGS, join(BUILD, script), ...args], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      createInterface(stream).on('line', (line) => this.read(line));
    }
    // Whoever measures it would only see that it does not answer any more.
    this.process.once('close', (code) => {
      if (code === 0 || this.isStopping) return;
      process.stderr.write(
        `${[`${args.join(' ') || script} ended with ${code}:`, ...this.lines].join('\n')}\n`,
      );
    });
  }

  /**
   * Resolves when the process has logged `started`.
   * @param script relative to the build's root
   * @throws {Error} with its last lines, when it ends before
   */
  static async start(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Child> {
    const child = new Child(script, args, env);
    const { url } = await child.nextLine('started');
    child.url = typeof url === 'string' ? url : '';
    return child;
  }

  /** Starts a role as `npm start` does. */
  static startRole(role: string, env: NodeJS.ProcessEnv): Promise<Child> {
    return Child.start('app/roles/start.js', [role], {
      HTTP_PORT: '0',
      OPS_PORT: '0',
      ...env,
      LOG_LEVEL: 'info',
    });
  }

  /** Resolves with the first line from now on that has this `msg`. @throws {Error} when the process ends before */
  nextLine(msg: string): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error(`a process ended too early:\n${this.lines.join('\n')}`));
      this.process.once('exit', ended);
      this.waiting.set(msg, (line) => {
        this.process.off('exit', ended);
        resolve(line);
      });
    });
  }

  /** Its peak memory in MB: see `peakMemoryOf`. */
  peakMemory(): number {
    return peakMemoryOf(this.process.pid!);
  }

  /** Its processor time so far, in microseconds: see `processorTimeOf`. */
  processorTime(): number {
    return processorTimeOf(this.process.pid!);
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const { exitCode, signalCode } = this.process;
    if (exitCode !== null || signalCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await exit;
  }

  private read(line: string): void {
    this.lines.push(line);
    if (this.lines.length > 20) this.lines.shift();
    if (!line.startsWith('{')) return;
    const parsed = JSON.parse(line) as Record<string, unknown>;
    const msg = String(parsed['msg']);
    this.waiting.get(msg)?.(parsed);
    this.waiting.delete(msg);
  }
}

/**
 * The peak resident memory of a process, in MB. Where there is no /proc: its present memory. 0 for a process that has ended.
 */
export function peakMemoryOf(pid: number): number {
  const status = `/proc/${pid}/status`;
  const kilobytes = existsSync(status)
    ? /VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1]
    : spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  return Number(kilobytes ?? 0) / 1_024;
}
