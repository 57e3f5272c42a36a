import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { Backoff } from './backoff';
import { logFile, type ProcessState, type SupervisorFolders } from './files';
import { isRunning, processWith, type ProcessId } from './identity';
import { openLog } from './logs';
import type { ProcessSpec } from './spec';

const POLL_MS = 250;

/** A process that is kept running: whenever it ends it is restarted, after a growing pause. */
export class Child {
  private process: ProcessId | undefined;
  private startedAt = Date.now();
  private restarts = 0;
  private lastEnd: string | null = null;
  private stopping = false;
  private timer: NodeJS.Timeout | undefined;
  private ended: () => void = () => {};
  private readonly backoff = new Backoff();

  /** @param onChange called after each change of `state` */
  constructor(
    readonly spec: ProcessSpec,
    private readonly folders: SupervisorFolders,
    private readonly onChange: () => void,
  ) {}

  /** Takes over a process that a former supervisor started. It is no child of this process, so its end is found by polling. */
  adopt(state: ProcessState): void {
    this.startedAt = state.startedAt;
    this.restarts = state.restarts;
    this.lastEnd = state.lastEnd;
    this.process = state.process ?? undefined;
    const poll = setInterval(() => {
      if (isRunning(this.process)) return;
      clearInterval(poll);
      this.onEnd('ended');
    }, POLL_MS);
  }

  /** Starts the process. It holds the log's descriptor itself, and so can write on without the supervisor. */
  start(): void {
    this.startedAt = Date.now();
    const log = openLog(logFile(this.folders, this.spec.name));
    writeSync(log, `--- ${this.spec.name} is started, ${new Date().toISOString()}\n`);
    const child = this.spawn(log);
    closeSync(log);
    child.once('error', (error) => {
      if (child.pid === undefined) this.onEnd(error.message);
    });
    child.once('exit', (code, signal) => this.onEnd(signal ? `signal ${signal}` : `exit code ${code}`));
    // If the process has ended already, its exit event follows; until then any start time will do.
    this.process =
      child.pid === undefined ? undefined : (processWith(child.pid) ?? { pid: child.pid, started: '' });
    this.onChange();
  }

  private spawn(log: number): ChildProcess {
    const { command, args, cwd, env, user } = this.spec;
    return spawn(command, args, { cwd, env, ...user, detached: true, stdio: ['ignore', log, log] });
  }

  private onEnd(how: string): void {
    this.process = undefined;
    this.lastEnd = how;
    if (!this.stopping)
      this.timer = setTimeout(() => this.restart(), this.backoff.next(Date.now() - this.startedAt));
    this.onChange();
    this.ended();
  }

  private restart(): void {
    this.restarts += 1;
    this.start();
  }

  /** Sends the stop signal, after the timeout SIGKILL, and resolves when the process has ended. It is not restarted. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const { process: running } = this;
    if (!running) return;
    const gone = new Promise<void>((resolve) => (this.ended = resolve));
    signal(running.pid, this.spec.stopSignal);
    const deadline = setTimeout(() => signal(running.pid, 'SIGKILL'), this.spec.stopTimeout);
    await gone;
    clearTimeout(deadline);
  }

  get state(): ProcessState {
    const { spec, startedAt, restarts, lastEnd } = this;
    return { spec, process: this.process ?? null, startedAt, restarts, lastEnd };
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has just ended, and its exit event follows.
  }
}
