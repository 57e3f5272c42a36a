import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Compose, Container } from '../../infra/local/compose';
import { stopAll, supervise, supervisedSpecs } from '../../infra/local/supervisor/client';
import type { ProcessSpec } from '../../infra/local/supervisor/spec';
import { print } from '../terminal/print';
import type { Folders } from '../local-system/settings';

/** The state of the system before a command that may fail. */
export interface SystemSnapshot {
  readonly processes: readonly ProcessSpec[];
  readonly containers: readonly Container[];
  /** The text of system.json. */
  readonly system: string | undefined;
}

/** Notes what runs now. @param compose where the servers run in containers */
export async function takeSnapshot(folders: Folders, compose: Compose | undefined): Promise<SystemSnapshot> {
  return {
    processes: supervisedSpecs(folders),
    containers: (await compose?.containers()) ?? [],
    system: existsSync(folders.systemFile) ? readFileSync(folders.systemFile, 'utf8') : undefined,
  };
}

/**
 * Goes back to the snapshot: stops what did not run then, and starts what did. An error here is printed and not thrown, as
 * the error that led here is the one to report.
 */
export async function rollBack(
  folders: Folders,
  before: SystemSnapshot,
  compose: Compose | undefined,
): Promise<void> {
  try {
    if (before.processes.length > 0) await supervise(folders, before.processes);
    else await stopAll(folders);
    if (compose) await rollBackContainers(before.containers, compose);
    if (before.system === undefined) rmSync(folders.systemFile, { force: true });
    else writeFileSync(folders.systemFile, before.system);
  } catch (error) {
    print(`Not everything could be stopped: ${(error as Error).message} Try make down.`);
  }
}

/** The volumes stay, new ones too: they may be those of a system whose notes were deleted. `make reset` finds them. */
async function rollBackContainers(before: readonly Container[], compose: Compose): Promise<void> {
  const known = new Map(before.map(({ service, isActive }) => [service, isActive]));
  const now = await compose.containers();
  await compose.remove(now.flatMap(({ service }) => (known.has(service) ? [] : [service])));
  const started = now.filter(({ service, isActive }) => isActive && known.get(service) === false);
  await compose.stop(started.map(({ service }) => service));
}
