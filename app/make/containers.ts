import { spawn } from 'node:child_process';
import { Compose } from '../../infra/local/compose';
import { IMAGES, isComposeThere } from '../../infra/local/docker';
import { run, tail } from '../../infra/local/run';
import type { ServiceName } from '../../infra/local/services';
import { projectOf, type Folders } from '../local-system/settings';
import { mayHaveContainers } from '../local-system/system';
import { print, seconds } from '../terminal/print';
import { Failure } from './failure';

/**
 * The containers of these folders' system, also those of a start that failed; undefined where there never were any.
 * @param otherwise what has not been done, for the message
 * @throws {Failure} when there may be some, and no engine answers
 */
export async function findContainers(folders: Folders, otherwise: string): Promise<Compose | undefined> {
  if (!mayHaveContainers(folders)) return undefined;
  if (await isComposeThere()) return new Compose(projectOf(folders));
  throw new Failure(
    `The servers of this system are in containers, and no Docker engine with its compose plugin answers: ${otherwise} Start the engine, ` +
      `then run the command again. (If it is gone for good, delete ${folders.systemFile} and ${folders.containersFile}.)`,
  );
}

/**
 * Gets the images of these services that the engine has not, and says so: it can take minutes.
 * @throws {Failure} when one cannot be had
 */
export async function getImages(services: readonly ServiceName[], signal: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const image of services.map((name) => IMAGES[name])) {
    if ((await run('docker', ['image', 'inspect', image])).code !== 0) missing.push(image);
  }
  if (missing.length === 0) return;
  print(`Getting images, this once: ${missing.join(', ')}…`);
  for (const image of missing) {
    const begin = Date.now();
    await pull(image, signal);
    print(`  ${image} in ${seconds(Date.now() - begin)}`);
  }
}

/** Docker shows its own progress where there is a terminal. */
async function pull(image: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const args = process.stdout.isTTY ? ['pull', image] : ['pull', '--quiet', image];
  const child = spawn('docker', args, {
    stdio: ['ignore', process.stdout.isTTY ? 'inherit' : 'ignore', 'pipe'],
    env: process.env,
    signal,
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(1)).once('close', resolve);
  });
  signal.throwIfAborted();
  if (code === 0) return;
  throw new Failure(
    `Docker could not get the image ${image}; is its registry reachable? docs/docker.md says how to make it without one, and ` +
      `BACKBONE=native runs the servers without Docker. It said:\n${tail(errors, 3)}`,
  );
}
