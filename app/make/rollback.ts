import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Compose } from '../../infra/local/compose';
import { stopAll, supervise, supervisedSpecs } from '../../infra/local/supervisor/client';
import type { ProcessSpec } from '../../infra/local/supervisor/spec';
import { print } from '../terminal/print';
import type { Folders } from '../local-system/settings';

/** The state of the system before a command that may fail. */
export interface SystemSnapshot {
  readonly processes: readonly ProcessSpec[];
  readonly containers: readonly string[];
  /** The text of system.json. */
  readonly system: string | undefined;
}

/** Notes what runs now. @param compose where the servers run in containers */
export async function takeSnapshot(folders: Folders, compose: Compose | undefined): Promise<SystemSnapshot> {
  return {
    processes: supervisedSpecs(folders),
    containers: (await compose?.running()) ?? [],
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
    const containers = (await compose?.running()) ?? [];
    await compose?.stop(containers.filter((name) => !before.containers.includes(name)));
    if (before.system === undefined) rmSync(folders.systemFile, { force: true });
    else writeFileSync(folders.systemFile, before.system);
  } catch (error) {
    print(`Not everything could be stopped: ${(error as Error).message} Try make down.`);
  }
}
