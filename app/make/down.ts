import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Compose } from '../../infra/local/compose';
import { observe, stopAll } from '../../infra/local/supervisor/client';
import { print } from '../terminal/print';
import { Failure } from './failure';
import { foldersOf, readSettings, type Folders } from '../local-system/settings';
import { readSystem } from '../local-system/system';
import { withSystemLock } from './lock';

/** Stops everything that `up` started: the roles first, then the servers. The data stay. Idempotent. */
export async function down(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const folders = foldersOf(readSettings(env));
  await withSystemLock(folders, () => stopSystem(folders));
}

async function stopSystem(folders: Folders): Promise<void> {
  const names = observe(folders).processes.flatMap(({ spec, process }) => (process ? [spec.name] : []));
  if (names.length > 0) print(`Stopping ${names.reverse().join(', ')}…`);
  await stopAll(folders);
  const compose = composeOf(folders);
  const containers = (await compose?.running()) ?? [];
  if (containers.length > 0) {
    print(`Stopping the containers ${containers.join(', ')}…`);
    await compose?.down();
  }
  const nothing = names.length === 0 && containers.length === 0;
  print(
    nothing
      ? 'Nothing was running.'
      : 'Stopped. The data stay; make up goes on with them, make reset deletes them.',
  );
}

/**
 * Stops everything and deletes the local data, after asking. Data of servers that the environment names are not touched.
 * @throws {Failure} when stdin is no terminal to ask at, and YES=1 is not set
 */
export async function reset(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const folders = foldersOf(readSettings(env));
  if (env.YES !== '1' && !(await confirmed(folders))) {
    print('Nothing was deleted.');
    return;
  }
  await withSystemLock(folders, async () => {
    await stopSystem(folders);
    await composeOf(folders)?.deleteVolumes();
    const own = readSystem(folders)?.mode.own ?? [];
    for (const folder of [folders.data, folders.logs]) rmSync(folder, { recursive: true, force: true });
    rmSync(folders.systemFile, { force: true });
    print(`Deleted the local data in ${folders.data}.`);
    if (own.length > 0 && own.length < 3)
      print('What is in the servers that the environment names was not touched.');
  });
}

async function confirmed(folders: Folders): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Failure(
      'make reset deletes the local data, and there is nobody to ask whether it should: use make reset YES=1.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const question = `This stops everything and deletes all local data (${folders.data}). Type yes to do it: `;
  const answer = await terminal.question(question);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function composeOf(folders: Folders): Compose | undefined {
  if (!existsSync(folders.systemFile)) return undefined;
  const system = readSystem(folders);
  return system?.mode.backbone === 'compose' ? new Compose(system.project) : undefined;
}
