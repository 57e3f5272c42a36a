import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Load, LoadResult } from './generator';
import type { PacedLoad, PacedResult } from './paced';

/** As many requests as the connections can take, for so many seconds. */
export function fire(load: Load): Promise<LoadResult> {
  return inProcess<LoadResult>('generator.js', load);
}

/** Requests at a steady rate, whose effects are watched for. */
export function pace(load: PacedLoad): Promise<PacedResult> {
  return inProcess<PacedResult>('paced.js', load);
}

async function inProcess<T>(script: string, load: object): Promise<T> {
  const child = fork(join(__dirname, script), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = once(child, 'message') as Promise<[T]>;
  const exit = once(child, 'exit').then(([code]) => {
    throw new Error(`the load generator ended with code ${String(code)}`);
  });
  exit.catch(() => undefined);
  child.send(load);
  const [result] = await Promise.race([answer, exit]);
  return result;
}
