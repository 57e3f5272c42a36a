import type { DemoClient } from './client';
import type { DemoRequest } from './plan';
import { showProgress } from '../terminal/progress';
import { Tally } from './summary';

export interface Replayed {
  readonly tally: Tally;
  readonly seconds: number;
}

/**
 * Sends lists of requests: `concurrency` lists at a time, the requests of a list one after the other.
 * @throws {GaveUpError} and other errors of the client; the remaining requests are not sent
 */
export async function replay(
  client: DemoClient,
  title: string,
  lists: readonly (readonly DemoRequest[])[],
  concurrency: number,
): Promise<Replayed> {
  const tally = new Tally();
  const started = performance.now();
  const progress = showProgress(
    title,
    lists.reduce((sum, list) => sum + list.length, 0),
    process.stdout,
  );
  try {
    await inParallel(lists, concurrency, async (list) => {
      for (const request of list) {
        tally.add(await client.send(request));
        progress.step();
      }
    });
  } finally {
    progress.stop();
  }
  return { tally, seconds: (performance.now() - started) / 1_000 };
}

/** Runs an action for each item, in order, several at a time. After the first error none is started; those in flight end first. */
export async function inParallel<T>(
  items: Iterable<T>,
  concurrency: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const work = async () => {
    for (let next = iterator.next(); !next.done && !failed; next = iterator.next()) {
      await action(next.value).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: concurrency }, work));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
