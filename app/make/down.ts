import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { Compose } from '../../infra/local/compose';
import { prepareNextStart } from '../../infra/local/native/servers';
import { observe, stopAll } from '../../infra/local/supervisor/client';
import { print } from '../terminal/print';
import { Failure } from './failure';
import { foldersOf, readSettings, type Folders } from '../local-system/settings';
import { readSystem } from '../local-system/system';
import { findContainers } from './containers';
import { withSystemLock } from './lock';

/**
 * Stops everything that `up` started: the roles first, then the servers. The data stay. Idempotent.
 * @throws {Failure} when there are containers, and no engine that could stop them; the rest is stopped then
 */
export async function down(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const folders = foldersOf(readSettings(env));
  await withSystemLock(folders, async () => {
    const processes = await stopProcesses(folders);
    const compose = await findContainers(folders, 'they may run, and will when it is back.');
    const containers = await stopContainers(compose);
    print(
      processes || containers
        ? 'Stopped. The data stay; make up goes on with them, make reset deletes them.'
        : 'Nothing was running.',
    );
    if (processes) await prepareNext(folders);
  });
}

/** Once, and now, since nobody waits for a system that is down. An interruption costs nothing but the gain. */
async function prepareNext(folders: Folders): Promise<void> {
  const { backbone, own = [] } = readSystem(folders)?.mode ?? {};
  if (backbone !== 'native' || !own.includes('kafka')) return;
  const onTraining = () => print('Letting Java prepare a faster next start of Kafka, this once…');
  // The next start says what is missing.
  await prepareNextStart(folders.local, onTraining).catch(() => undefined);
}

/** Resolves with whether there were any. */
async function stopProcesses(folders: Folders): Promise<boolean> {
  const names = observe(folders).processes.flatMap(({ spec, process }) => (process ? [spec.name] : []));
  if (names.length > 0) print(`Stopping ${names.reverse().join(', ')}…`);
  await stopAll(folders);
  return names.length > 0;
}

/** Removes the containers, those too that have ended or end again and again. Resolves with whether there were any. */
async function stopContainers(compose: Compose | undefined): Promise<boolean> {
  const containers = (await compose?.containers()) ?? [];
  if (containers.length === 0) return false;
  print(`Stopping the containers ${containers.map(({ service }) => service).join(', ')}…`);
  await compose?.down();
  return true;
}

/**
 * Stops everything and deletes the local data, after asking. Data of servers that the environment names are not touched.
 * @throws {Failure} when stdin is no terminal to ask at, and YES=1 is not set; when there are containers, and no engine that could
 *   delete them: nothing is deleted then
 */
export async function reset(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const folders = foldersOf(readSettings(env));
  if (env.YES !== '1' && !(await confirmed(folders))) {
    print('Nothing was deleted.');
    return;
  }
  await withSystemLock(folders, async () => {
    const compose = await findContainers(folders, 'nothing was deleted.');
    await stopProcesses(folders);
    await stopContainers(compose);
    await compose?.deleteVolumes();
    const system = readSystem(folders);
    const volumes = compose ? ' and in the volumes of the containers' : '';
    // Also what commands have read of the stream: nothing of it is to stay.
    for (const folder of [folders.data, folders.logs, folders.analysis])
      rmSync(folder, { recursive: true, force: true });
    for (const file of [folders.systemFile, folders.containersFile]) rmSync(file, { force: true });
    print(`Deleted the local data in ${folders.data}${volumes}.`);
    const own = system?.mode.own ?? [];
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
