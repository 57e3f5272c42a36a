import type { Log } from '../../infra/event-log/log';
import type { Held } from './dead-letter-retrier';
import type { RetryUnit } from './dead-letter-table';
import { PartitionRetry, type PartitionRetryOptions } from './partition-retry';

export interface RetryOptions extends PartitionRetryOptions {
  readonly log: Pick<Log, 'read'>;
  readonly topic: string;
}

export interface Retried extends Pick<Held, 'applied' | 'failed'> {
  readonly unit: RetryUnit;
}

/**
 * Projects what was set aside in one consumer's view, each book in the order of the stream, up to its first record that still
 * cannot be projected. The topic is read once for all of them, from the oldest of their records on.
 * @param units of the consumer; no two of one book
 * @returns what became of each; `failed`: it is still held up by this record
 */
export async function retryDeadLetters(
  units: readonly RetryUnit[],
  options: RetryOptions,
): Promise<Retried[]> {
  const { log, topic, signal } = options;
  const all = units.map((unit) => ({ unit, held: heldOf(unit) }));
  const retries = new Map(
    [...new Set(units.map(({ partition }) => partition))].map((partition) => {
      const own = all.filter(({ unit }) => unit.partition === partition);
      return [
        partition,
        new PartitionRetry(
          partition,
          own.map(({ held }) => held),
          options,
        ),
      ] as const;
    }),
  );
  try {
    const ranges = [];
    for (const [partition, retry] of retries) {
      const start = await retry.begin();
      if (!retry.isDone) ranges.push({ partition, start, end: Infinity });
    }
    const going = () => [...retries.values()].some((retry) => !retry.isDone);
    // Following the end: the projector may come to further records of a book before it is released.
    if (going())
      for await (const batch of log.read(topic, { ranges, signal })) {
        await retries.get(batch.partition)!.accept(batch);
        if (!going()) break;
      }
    signal.throwIfAborted();
  } finally {
    for (const retry of retries.values()) await retry.close();
  }
  return all.map(({ unit, held: { applied, failed } }) => ({ unit, applied, ...(failed && { failed }) }));
}

const heldOf = ({ bookId, offset }: RetryUnit): Held => ({ bookId, fromOffset: offset, applied: 0 });
