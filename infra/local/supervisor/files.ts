import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessId } from './identity';
import type { ProcessSpec } from './spec';

/** The folders through which a supervisor and its clients communicate. */
export interface SupervisorFolders {
  /** Plan, state and locks. */
  readonly run: string;
  readonly logs: string;
}

/** The processes that should run. Written by clients, carried out by the supervisor. */
export interface Plan {
  readonly id: string;
  /** In starting order. Empty = stop everything; the supervisor then ends as well. */
  readonly processes: readonly ProcessSpec[];
}

export interface ProcessState {
  /** The spec that it was started with; a newer plan may have another. */
  readonly spec: ProcessSpec;
  /** null while it waits for its restart. */
  readonly process: ProcessId | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The number of restarts by the supervisor. */
  readonly restarts: number;
  /** How it ended last: "exit code 1", "signal SIGKILL". */
  readonly lastEnd: string | null;
}

/** The processes that run. Written by the supervisor only. */
export interface State {
  readonly supervisor: ProcessId;
  /** The hash of the supervisor's code; a client with another version replaces the supervisor. */
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

/** Writes a file atomically. Only its owner may read it, as environments hold passwords. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, JSON.stringify(value, null, 2), { mode: 0o600 });
  chmodSync(partial, 0o600);
  renameSync(partial, file);
}

/** undefined where the file is missing, or holds no JSON (after a crash of the machine). */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
