import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessId } from './identity';
import type { ProcessSpec } from './spec';

/** Where one supervisor and its clients meet. */
export interface SupervisorFolders {
  /** Plan, state and locks. */
  readonly run: string;
  readonly logs: string;
}

/** What should run. Written by clients; the supervisor makes it so. */
export interface Plan {
  readonly id: string;
  /** In the order of starting. Empty = stop everything, and the supervisor ends as well. */
  readonly processes: readonly ProcessSpec[];
}

export interface ProcessState {
  /** As it was started; a newer plan may have another. */
  readonly spec: ProcessSpec;
  /** null while it waits to be started again. */
  readonly process: ProcessId | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** How often the supervisor had to start it again. */
  readonly restarts: number;
  /** How it ended the last time: "exit code 1", "signal SIGKILL". */
  readonly lastEnd: string | null;
}

/** What runs. Written by the supervisor only. */
export interface State {
  readonly supervisor: ProcessId;
  /** The supervisor's own code; a client that has another version replaces the supervisor. */
  readonly version: string;
  /** The last plan that was carried out. */
  readonly plan: string | null;
  readonly processes: readonly ProcessState[];
}

export const planFile = (folders: SupervisorFolders): string => path.join(folders.run, 'plan.json');
export const stateFile = (folders: SupervisorFolders): string => path.join(folders.run, 'state.json');
export const lockFile = (folders: SupervisorFolders): string => path.join(folders.run, 'supervisor.lock');
export const logFile = (folders: SupervisorFolders, name: string): string =>
  path.join(folders.logs, `${name}.log`);

export function readPlan(folders: SupervisorFolders): Plan | undefined {
  return readJson(planFile(folders)) as Plan | undefined;
}

export function readState(folders: SupervisorFolders): State | undefined {
  return readJson(stateFile(folders)) as State | undefined;
}

/** All at once or not at all. For the owner's eyes only: environments hold passwords. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, JSON.stringify(value, null, 2), { mode: 0o600 });
  chmodSync(partial, 0o600);
  renameSync(partial, file);
}

/** undefined where there is no such file, or (after a crash of the whole machine) no JSON in it. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
