import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  lockFile,
  logFile,
  planFile,
  readState,
  stateFile,
  writeJson,
  type ProcessState,
  type State,
  type SupervisorFolders,
} from './files';
import { isRunning } from './identity';
import { lockHolder } from './lock';
import type { ProcessSpec } from './spec';

const TIMEOUT_MS = 120_000;

/** The last known state, checked against the running processes. Works without a supervisor as well. */
export function observe(folders: SupervisorFolders): { supervised: boolean; processes: ProcessState[] } {
  const state = readState(folders);
  const processes = (state?.processes ?? []).map((known) => ({
    ...known,
    process: isRunning(known.process) ? known.process : null,
  }));
  return { supervised: isRunning(state?.supervisor), processes };
}

/** The specs of the running processes, as they were started. */
export function runningSpecs(folders: SupervisorFolders): ProcessSpec[] {
  return observe(folders).processes.flatMap(({ spec, process }) => (process ? [spec] : []));
}

/**
 * The specs of all supervised processes, also of those that are about to be restarted. Empty where nothing at all runs, for
 * instance after a reboot.
 */
export function supervisedSpecs(folders: SupervisorFolders): ProcessSpec[] {
  const { supervised, processes } = observe(folders);
  return supervised || processes.some(({ process }) => process) ? processes.map(({ spec }) => spec) : [];
}

/**
 * Makes a supervisor run exactly these processes. It outlives this process. Resolves when they have been started, not when
 * they are ready. Processes that already run with the same fingerprint are not restarted.
 * @throws {Error} when the supervisor does not carry out the plan in time
 */
export async function supervise(
  folders: SupervisorFolders,
  processes: readonly ProcessSpec[],
): Promise<void> {
  const id = randomUUID();
  await retireOldSupervisor(folders);
  writeJson(planFile(folders), { id, processes });
  let startedAt = 0;
  await until(`The supervisor did not do its work; see ${logFile(folders, 'supervisor')}`, () => {
    const state = readState(folders);
    if (state?.plan === id) return true;
    // Repeated if need be: a supervisor that was found running may have been about to end.
    if (!lockHolder(lockFile(folders)) && Date.now() - startedAt > 2_000) {
      startedAt = Date.now();
      startSupervisor(folders);
    }
    return false;
  });
}

/** Stops all processes and the supervisor. Idempotent. */
export async function stopAll(folders: SupervisorFolders): Promise<void> {
  const { supervised, processes } = observe(folders);
  if (supervised || processes.some(({ process }) => process !== null)) {
    await supervise(folders, []);
    // It releases its lock shortly before its process ends.
    const supervisor = readState(folders)?.supervisor;
    await until('The supervisor did not end', () => !lockHolder(lockFile(folders)) && !isRunning(supervisor));
  }
  for (const file of [planFile(folders), stateFile(folders)]) rmSync(file, { force: true });
}

/** Ends a supervisor of another build. Its processes keep running, for the next supervisor to take over. */
async function retireOldSupervisor(folders: SupervisorFolders): Promise<void> {
  const state: State | undefined = readState(folders);
  if (!state || state.version === version() || !isRunning(state.supervisor)) return;
  process.kill(state.supervisor.pid, 'SIGHUP');
  await until('The old supervisor did not end', () => !isRunning(state.supervisor));
}

function startSupervisor(folders: SupervisorFolders): void {
  mkdirSync(folders.logs, { recursive: true });
  const log = openSync(logFile(folders, 'supervisor'), 'a');
  const args = [require.resolve('./main'), folders.run, folders.logs, version()];
  const child = spawn(process.execPath, args, {
    cwd: folders.run,
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.unref();
  closeSync(log);
}

let knownVersion: string | undefined;

/** A hash of the supervisor's code. */
function version(): string {
  if (knownVersion) return knownVersion;
  const hash = createHash('sha256');
  for (const name of readdirSync(__dirname)
    .filter((file) => file.endsWith('.js'))
    .sort()) {
    hash.update(readFileSync(path.join(__dirname, name)));
  }
  return (knownVersion = hash.digest('hex').slice(0, 16));
}

async function until(failure: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(failure);
    await sleep(50);
  }
}
