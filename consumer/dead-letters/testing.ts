import type { LogBatch } from '../../infra/event-log/log';
import type { MemoryView, TextDecoder } from '../projector/testing';
import { context, logger, PARTITIONS } from '../projector/testing';
import { DeadLetterRetrier, type Held } from './dead-letter-retrier';
import { PartitionRetry, type PartitionRetryOptions } from './partition-retry';

/** Held books of a view in memory. */
export const heldBooksOf = (view: MemoryView): PartitionRetryOptions['heldBooks'] => ({
  read: (_, bookIds) =>
    Promise.resolve({
      fromOffsets: new Map(
        bookIds.flatMap((bookId) => {
          const held = view.held.get(bookId);
          return held ? [[bookId, held.fromOffset]] : [];
        }),
      ),
      dead: new Set(view.dead.keys()),
    }),
  release(_, epoch, books) {
    const clear = books
      .filter(
        ({ bookId, fromOffset, clearUntil }) =>
          view.held.get(bookId)?.fromOffset === fromOffset && view.state.offset <= clearUntil,
      )
      .map(({ bookId }) => bookId);
    if (epoch !== view.state.epoch || clear.length === 0) return Promise.resolve(undefined);
    view.release(clear);
    return Promise.resolve({ bookIds: clear, epoch: view.state.epoch });
  },
});

/**
 * Retries all books of a view.
 * @param batches the partition from its beginning
 * @param between called before each batch: what the projector does meanwhile
 */
export async function retryAll(
  view: MemoryView,
  decoder: TextDecoder,
  batches: readonly LogBatch[],
  batchSize: number,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<Held[]> {
  const held = [...view.held].map(([bookId, { fromOffset }]): Held => ({ bookId, fromOffset, applied: 0 }));
  const retry = new PartitionRetry(batches[0]?.partition ?? 0, held, {
    heldBooks: heldBooksOf(view),
    retrier: new DeadLetterRetrier({ partitions: PARTITIONS, projection: view, decoder, logger }),
    checkpoints: { stateOf: () => Promise.resolve(view.state) },
    hold: () =>
      Promise.resolve({
        offset: view.state.offset,
        epoch: view.state.epoch,
        release: () => Promise.resolve(),
      }),
    discarded: () => Promise.resolve(new Set<string>()),
    signal: context.signal,
    batchSize,
  });
  const from = await retry.begin();
  for (const batch of batches) {
    await between();
    const records = batch.records.filter(({ offset }) => offset >= from);
    if (batch.nextOffset > from) await retry.accept({ ...batch, records });
  }
  expect(retry.isDone).toBe(true);
  return held;
}
