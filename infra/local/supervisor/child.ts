import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Backoff } from './backoff';
import { logFile, type ProcessState, type SupervisorFolders } from './files';
import { isRunning, processWith, type ProcessId } from './identity';
import type { ProcessSpec } from './spec';

const POLL = 250;
const LARGEST_LOG = 20 * 1024 * 1024;

/** One process that is kept running: started again, after a pause that grows, whenever it ends. */
export class Child {
  private process: ProcessId | undefined;
  private startedAt = Date.now();
  private restarts = 0;
  private lastEnd: string | null = null;
  private stopping = false;
  private timer: NodeJS.Timeout | undefined;
  private ended: () => void = () => {};
  private readonly backoff = new Backoff();

  /** @param changed is called after each change of `state`. */
  constructor(
    readonly spec: ProcessSpec,
    private readonly folders: SupervisorFolders,
    private readonly changed: () => void,
  ) {}

  /** Goes on with the process that a former supervisor started. It is not our child, so its end has to be looked for. */
  adopt(state: ProcessState): void {
    this.startedAt = state.startedAt;
    this.restarts = state.restarts;
    this.lastEnd = state.lastEnd;
    this.process = state.process ?? undefined;
    const poll = setInterval(() => {
      if (isRunning(this.process)) return;
      clearInterval(poll);
      this.onEnd('ended');
    }, POLL);
  }

  /** Starts it. Its output goes to the log by descriptor, so it can write on when the supervisor is gone. */
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
    // A process that has ended by now is told by its exit event; until then any start time will do.
    this.process =
      child.pid === undefined ? undefined : (processWith(child.pid) ?? { pid: child.pid, started: '' });
    this.changed();
  }

  private spawn(log: number): ChildProcess {
    const { command, args, cwd, env, user } = this.spec;
    return spawn(command, args, { cwd, env, ...user, detached: true, stdio: ['ignore', log, log] });
  }

  private onEnd(how: string): void {
    this.process = undefined;
    this.lastEnd = how;
    if (!this.stopping)
      this.timer = setTimeout(() => this.startAgain(), this.backoff.next(Date.now() - this.startedAt));
    this.changed();
    this.ended();
  }

  private startAgain(): void {
    this.restarts += 1;
    this.start();
  }

  /** Asks it to end, insists after the deadline, and resolves when it is gone. It is not started again. */
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
    // It ended just now, and its end is being noticed.
  }
}

/** For appending. A log that has grown large makes room first; its predecessor is kept as `.1`. */
function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    if (statSync(file).size > LARGEST_LOG) renameSync(file, `${file}.1`);
  } catch {
    // There is none yet.
  }
  return openSync(file, 'a');
}
