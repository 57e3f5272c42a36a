import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, tail } from '../infra/local/run';
import type { Service } from '../infra/local/services';
import type { ProcessSpec } from '../infra/local/supervisor/spec';
import { waitUntil } from '../infra/local/wait';
import type { ServerHandle } from './private-servers';
import { endWithUs } from './watchdog';

/** @throws {Error} where one of them is missing */
export function handleOf(
  server: Pick<Service, 'title' | 'isReady'> | undefined,
  child: TestProcess | undefined,
): ServerHandle {
  if (!server || !child) throw new Error('No such server');
  return {
    kill: () => child.end('SIGKILL'),
    stop: () => child.end(child.spec.stopSignal),
    start: () => restart(server, child),
    pause: () => child.pause(),
    resume: async () => child.resume(),
  };
}

/** Retries: after a SIGKILL remaining processes (Postgres' backends) can prevent a start for a moment. */
async function restart(server: Pick<Service, 'title' | 'isReady'>, child: TestProcess): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    child.start();
    try {
      return await ready(server, child);
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(500);
    }
  }
}

/** Resolves when the server does its work. @throws {Error} when it takes too long, or the process ends instead */
export async function ready(
  server: Pick<Service, 'title' | 'isReady'>,
  child: TestProcess | undefined,
): Promise<void> {
  const condition = () => {
    child?.throwIfExited();
    return server.isReady();
  };
  await waitUntil(condition, { what: `${server.title} did not become ready`, timeout: 90_000 });
}

/** A server process that ends together with this process. */
export class TestProcess {
  private child: ChildProcess | undefined;
  private readonly log: string;

  constructor(
    readonly spec: ProcessSpec,
    folder: string,
  ) {
    this.log = path.join(folder, `${spec.name}.log`);
  }

  start(): void {
    if (this.isAlive()) return;
    mkdirSync(path.dirname(this.log), { recursive: true });
    const output = openSync(this.log, 'a');
    const { command, args, cwd, env, user } = this.spec;
    // A session of its own: Ctrl-C in the terminal ends the tests, and they stop their servers.
    this.child = spawn(command, args, {
      cwd,
      env,
      ...user,
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.child.unref();
    endWithUs(this.child);
  }

  throwIfExited(): void {
    if (this.isAlive()) return;
    const log = existsSync(this.log) ? tail(readFileSync(this.log, 'utf8'), 10) : '';
    throw new Error(`${this.spec.name} ended instead of becoming ready. It said:\n${log}`);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || !this.isAlive()) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    // It did not hold up our own end; now it has to, or Node would end without a word while we wait.
    child.ref();
    const deadline = setTimeout(() => child.kill('SIGKILL'), this.spec.stopTimeout);
    child.kill(signal);
    await exited;
    clearTimeout(deadline);
  }

  /** Resolves when it is stopped indeed: on a busy machine it may do something for a while yet. */
  async pause(): Promise<void> {
    this.child?.kill('SIGSTOP');
    const isStopped = async () => {
      const { output } = await run('ps', ['-o', 'state=', '-p', String(this.child?.pid)], {
        timeout: 10_000,
      });
      return output.trim().startsWith('T');
    };
    await waitUntil(isStopped, { what: `${this.spec.name} did not stop`, timeout: 30_000 });
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  private isAlive(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }
}
