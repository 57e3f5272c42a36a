import {
  formatPosition,
  FencedError,
  type BatchContext,
  type Log,
  type LogBatch,
  type LogRecord,
  type Subscription,
} from '../../infra/log/log';
import { partitionOf } from '../../infra/kafka/murmur2';
import type { Logger } from '../../infra/logger';
import { isPassing } from '../../infra/postgres/errors';
import { UndecodableError, type Decoder } from '../../schemas/codec';
import type { AnyEvent } from '../../schemas/family';
import { RegistryUnavailableError } from '../../schemas/registry';
import type { DeadLetters } from './dead-letters';
import type { ProjectorMetrics } from './metrics';
import { isPoison } from './poison';
import type { PositionedEvent, Projection, ProjectionBatch } from './projection';
import { untilItPasses } from './retry';

export interface ProjectorOptions<E extends AnyEvent> {
  readonly log: Log;
  readonly topic: string;
  /** How many partitions the topic has. */
  readonly partitions: number;
  /** Its consumer group; members of one group share the partitions. */
  readonly group: string;
  readonly projection: Projection<E>;
  readonly decoder: Decoder<E>;
  readonly progress: { positionOf(partition: number): Promise<number> };
  readonly deadLetters: DeadLetters;
  readonly logger: Logger;
  readonly metrics: ProjectorMetrics;
  /** How many partitions are projected side by side. */
  readonly concurrency?: number;
  /** How many records one transaction takes at most. */
  readonly batchSize?: number;
  /** Told which partitions this instance has now. */
  onAssigned?(partitions: readonly number[]): void;
  onFatal(error: Error): void;
}

/**
 * The one loop that serves every view: batch → decode → project → next.
 *
 * What passes by itself (Postgres or the registry away) is waited for, with the batch in hand. What never will
 * (undecodable bytes, an event that the view cannot take) is kept as a dead letter, and the stream goes on.
 */
export class Projector<E extends AnyEvent> {
  #subscription: Subscription | undefined;
  readonly #batchSize: number;

  constructor(private readonly options: ProjectorOptions<E>) {
    this.#batchSize = options.batchSize ?? 1_000;
  }

  async start(): Promise<void> {
    const { log, topic, group, projection, progress, logger, onFatal, concurrency = 6 } = this.options;
    this.#subscription = await log.subscribe({
      topic,
      group,
      concurrency,
      positionOf: (partition, context) =>
        untilItPasses(
          'reading the stored position',
          () => progress.positionOf(partition),
          isPassing,
          context,
          logger,
        ),
      handle: (batch, context) => this.#handle(batch, context),
      onAssigned: (partitions) => {
        projection.forget();
        this.options.metrics.assigned(partitions);
        this.options.onAssigned?.(partitions);
        logger.info({ group, partitions }, 'partitions assigned');
      },
      onFatal,
    });
  }

  /** Finishes the batches under way and leaves the group. */
  async close(): Promise<void> {
    await this.#subscription?.close();
  }

  async #handle(batch: LogBatch, context: BatchContext): Promise<void> {
    for (let at = 0; at < batch.records.length; at += this.#batchSize) {
      const records = batch.records.slice(at, at + this.#batchSize);
      const isLast = at + this.#batchSize >= batch.records.length;
      await this.#project(
        {
          ...batch,
          fromOffset: at === 0 ? batch.fromOffset : records[0]!.offset,
          nextOffset: isLast ? batch.nextOffset : batch.records[at + this.#batchSize]!.offset,
          records,
        },
        context,
      );
      if (!isLast) await context.heartbeat();
    }
  }

  async #project(batch: LogBatch, context: BatchContext): Promise<void> {
    const events = await this.#decode(batch, context);
    const { partition, fromOffset, nextOffset } = batch;
    try {
      await this.#apply({ partition, fromOffset, nextOffset, events }, context);
    } catch (error) {
      if (!isPoison(error)) throw error;
      await this.#oneByOne(batch, events, context);
    }
    this.options.metrics.projected(batch, Date.now());
  }

  async #decode(batch: LogBatch, context: BatchContext): Promise<PositionedEvent<E>[]> {
    const { decoder, partitions, logger } = this.options;
    const isUnavailable = (error: unknown) => error instanceof RegistryUnavailableError;
    const learn = () => decoder.learn(batch.records.map(({ value }) => value));
    await untilItPasses('reading schemas from the registry', learn, isUnavailable, context, logger);
    const events: PositionedEvent<E>[] = [];
    for (const record of batch.records) {
      try {
        const event = decoder.decode(record.value);
        assertInItsPlace(record, event, partitions);
        events.push({ position: record, event });
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        await this.#bury(record, error);
      }
    }
    return events;
  }

  async #apply(batch: ProjectionBatch<E>, context: BatchContext): Promise<void> {
    const { projection, logger } = this.options;
    try {
      await untilItPasses('projecting', () => projection.project(batch), isPassing, context, logger);
    } catch (error) {
      if (error instanceof FencedError) projection.forget(batch.partition);
      throw error;
    }
  }

  /** Finds out which event of a batch the view cannot take, so that only that one is put aside. */
  async #oneByOne(
    batch: LogBatch,
    events: readonly PositionedEvent<E>[],
    context: BatchContext,
  ): Promise<void> {
    const records = new Map(batch.records.map((record) => [record.offset, record]));
    let fromOffset = batch.fromOffset;
    for (const [i, event] of events.entries()) {
      const nextOffset = events[i + 1]?.position.offset ?? batch.nextOffset;
      const step = { partition: batch.partition, fromOffset, nextOffset };
      try {
        await this.#apply({ ...step, events: [event] }, context);
      } catch (error) {
        if (!isPoison(error)) throw error;
        await this.#bury(records.get(event.position.offset)!, error as Error);
        await this.#apply({ ...step, events: [] }, context);
      }
      fromOffset = nextOffset;
      await context.heartbeat();
    }
  }

  async #bury(record: LogRecord, error: Error): Promise<void> {
    const { topic, deadLetters, logger, metrics } = this.options;
    await deadLetters.keep(topic, record, error);
    metrics.buried();
    logger.error({ position: formatPosition(record), reason: error.message }, 'record kept as a dead letter');
  }
}

/**
 * A book has one reader because all its events are in one partition. One that a foreign client has put elsewhere would be
 * applied beside that reader, in no order.
 * @throws {UndecodableError}
 */
function assertInItsPlace({ key, partition }: LogRecord, { bookId }: AnyEvent, partitions: number): void {
  if (key?.toString() !== bookId) {
    throw new UndecodableError(`The key of the record is not the book of its event, ${bookId}.`);
  }
  const right = partitionOf(key, partitions);
  if (partition === right) return;
  throw new UndecodableError(
    `Events of book ${bookId} belong in partition ${right}: the producer has to use Kafka's murmur2 partitioner ` +
      '(librdkafka: partitioner=murmur2_random).',
  );
}
