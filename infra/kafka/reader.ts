import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { FencedError, type LogBatch, type PartitionBounds, type ReadOptions } from '../event-log/log';
import type { Logger } from '../logger';
import { KafkaSubscription } from './subscription';

/**
 * Batches that wait to be taken by the reader, so that the next ones are fetched while it works. Small ones, and few:
 * what the garbage collector finds alive it has to copy, which cost more than the additional fetches.
 */
const BUFFERED_BATCHES = 8;
const FETCH = { maxBytesPerPartition: 131_072, maxBytes: 524_288 };

/**
 * Reads ranges of a topic in a group of its own that is deleted afterwards: no live group's offsets are touched.
 * The batches of a partition come in order; a range that follows (`end` infinite) goes on until the signal is aborted.
 */
export async function* readRanges(
  kafka: Kafka,
  topic: string,
  { ranges, signal }: ReadOptions,
  bounds: () => Promise<PartitionBounds[]>,
  logger: Logger,
): AsyncGenerator<LogBatch> {
  const open = new Map(
    ranges.filter(({ start, end }) => start < end).map((range) => [range.partition, range]),
  );
  if (open.size === 0 || signal?.aborted) return;
  await assertThere(topic, [...open.keys()], bounds);
  const wanted = new Set(open.keys());
  const queue = new BatchQueue(BUFFERED_BATCHES);
  const group = `${topic}.read-${randomUUID()}`;
  const close = (partition: number) => {
    wanted.delete(partition);
    open.delete(partition);
    if (open.size === 0) queue.end();
  };
  const subscription = new KafkaSubscription(
    kafka,
    {
      topic,
      group,
      concurrency: 4,
      onlyPartitions: wanted,
      positionOf: (partition) => Promise.resolve(open.get(partition)?.start ?? 0),
      onAssigned: () => undefined,
      onFatal: (error) => queue.end(error),
      async handle(batch) {
        const range = open.get(batch.partition);
        if (!range) return;
        if (batch.fromOffset !== range.start) throw new FencedError('the batch does not follow the last one');
        // A later join asks for positions anew: reading goes on where this batch ends.
        open.set(batch.partition, { ...range, start: batch.nextOffset });
        // What lies beyond the range is not fetched.
        if (batch.nextOffset >= range.end) wanted.delete(batch.partition);
        const part = upTo(batch, range.end);
        await queue.put(part);
        if (batch.nextOffset >= range.end) close(batch.partition);
      },
    },
    bounds,
    { sessionTimeout: 30_000, commitInterval: 0, ...FETCH },
    logger,
  );
  const stop = () => queue.end();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await subscription.start();
    yield* queue.drain();
  } finally {
    signal?.removeEventListener('abort', stop);
    queue.end();
    await subscription.close();
    await forget(kafka, group);
  }
}

/** A partition that isn't there would never be given to anybody, and the reader would wait for ever. */
async function assertThere(
  topic: string,
  partitions: readonly number[],
  bounds: () => Promise<PartitionBounds[]>,
): Promise<void> {
  const there = new Set((await bounds()).map(({ partition }) => partition));
  const missing = partitions.find((partition) => !there.has(partition));
  if (missing !== undefined) throw new RangeError(`${topic} has no partition ${missing}`);
}

function upTo(batch: LogBatch, end: number): LogBatch {
  if (batch.nextOffset <= end) return batch;
  return { ...batch, nextOffset: end, records: batch.records.filter(({ offset }) => offset < end) };
}

async function forget(kafka: Kafka, group: string): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  // A group that stays behind is empty and without offsets; Kafka removes it by itself.
  await admin
    .connect()
    .then(() => admin.deleteGroups([group]))
    .catch(() => undefined);
  await admin.disconnect().catch(() => undefined);
}

/** A bounded hand-over: `put` resolves when there is room, `drain` yields until `end`. */
class BatchQueue {
  private readonly batches: LogBatch[] = [];
  private ended = false;
  private error: Error | undefined;
  private wake: (() => void)[] = [];

  constructor(private readonly capacity: number) {}

  async put(batch: LogBatch): Promise<void> {
    while (!this.ended && this.batches.length >= this.capacity) await this.change();
    if (this.ended) return;
    this.batches.push(batch);
    this.changed();
  }

  end(error?: Error): void {
    this.error ??= error;
    this.ended = true;
    this.changed();
  }

  async *drain(): AsyncGenerator<LogBatch> {
    for (;;) {
      const batch = this.batches.shift();
      if (batch) {
        this.changed();
        yield batch;
      } else if (this.error) {
        throw this.error;
      } else if (this.ended) {
        return;
      } else {
        await this.change();
      }
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.wake.push(resolve));
  }

  private changed(): void {
    const waiting = this.wake;
    this.wake = [];
    for (const wake of waiting) wake();
  }
}
