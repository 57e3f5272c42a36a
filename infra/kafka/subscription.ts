import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import {
  FencedError,
  StreamMismatchError,
  type BatchContext,
  type LogBatch,
  type LogRecord,
  type PartitionBounds,
  type SubscribeOptions,
  type Subscription,
} from '../log/log';
import type { Logger } from '../logger';

export interface SubscriptionSettings {
  /** How long Kafka waits for a member that says nothing before its partitions go to others, in milliseconds. */
  readonly sessionTimeout: number;
  /** How often positions are copied to Kafka's group offsets, which only lag tools look at, in milliseconds. */
  readonly commitInterval: number;
  /** How much of a partition is fetched at once, in bytes. */
  readonly maxBytesPerPartition: number;
}

const COMMIT_INTERVAL_MS = 2_000;

export const DEFAULT_SUBSCRIPTION: SubscriptionSettings = {
  sessionTimeout: 6_000,
  commitInterval: COMMIT_INTERVAL_MS,
  maxBytesPerPartition: 1_048_576,
};

/**
 * A member of a consumer group that reads from the positions its owner has stored.
 *
 * kafkajs starts a partition where the group's offsets say, jumps to the beginning or the end when an offset is out of
 * range, and doesn't tell when a partition is taken away. So nothing it says about positions is believed: each batch
 * must have been fetched from exactly the stored position, else the partition is sought there and fetched again.
 */
export class KafkaSubscription implements Subscription {
  readonly #positions = new Map<number, number>();
  readonly #toCommit = new Map<number, number>();
  readonly #stopping = new AbortController();
  readonly #consumer: Consumer;
  #commits: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    private readonly options: SubscribeOptions,
    private readonly bounds: () => Promise<PartitionBounds[]>,
    private readonly settings: SubscriptionSettings,
    private readonly logger: Logger,
  ) {
    this.#consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout: settings.sessionTimeout,
      rebalanceTimeout: settings.sessionTimeout,
      heartbeatInterval: Math.floor(settings.sessionTimeout / 6),
      maxWaitTimeInMs: 500,
      minBytes: 1,
      maxBytes: 16 * 1_048_576,
      maxBytesPerPartition: settings.maxBytesPerPartition,
      allowAutoTopicCreation: false,
    });
  }

  async start(): Promise<void> {
    const { CRASH, GROUP_JOIN } = this.#consumer.events;
    this.#consumer.on(CRASH, ({ payload: { error, restart } }) => {
      if (!restart) this.#fail(error);
    });
    this.#consumer.on(GROUP_JOIN, ({ payload }) =>
      this.#joined(payload.memberAssignment[this.options.topic] ?? []),
    );
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.options.topic, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.concurrency,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
    if (this.settings.commitInterval > 0) {
      this.#commits = setInterval(() => void this.#commitOffsets(), this.settings.commitInterval);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#commits);
    await this.#consumer.stop();
    await this.#commitOffsets();
    await this.#consumer.disconnect();
  }

  #joined(partitions: readonly number[]): void {
    this.#positions.clear();
    this.#toCommit.clear();
    const { topic, onlyPartitions } = this.options;
    const unwanted = onlyPartitions ? partitions.filter((partition) => !onlyPartitions.has(partition)) : [];
    if (unwanted.length > 0) this.#consumer.pause([{ topic, partitions: unwanted }]);
    this.options.onAssigned(partitions);
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, isRunning, isStale } = payload;
    if (!isRunning() || isStale()) return;
    try {
      await this.#handle(payload);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (error instanceof StreamMismatchError) return this.#fail(error);
      if (!(error instanceof FencedError)) throw error;
      this.logger.warn({ partition: batch.partition, group: this.options.group }, error.message);
      this.#positions.delete(batch.partition);
      await this.#seekToStored(batch.partition, this.#context(payload));
    }
  }

  #context({ heartbeat }: EachBatchPayload): BatchContext {
    return { heartbeat, signal: this.#stopping.signal };
  }

  async #handle(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset } = payload;
    const { partition } = batch;
    const context = this.#context(payload);
    const expected = await this.#positionOf(partition, context);
    const fromOffset = Number((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    if (fromOffset !== expected) return this.#seekToStored(partition, context);
    const nextOffset = Number(batch.lastOffset()) + 1;
    const logBatch: LogBatch = {
      partition,
      fromOffset,
      nextOffset,
      endOffset: Number(batch.highWatermark),
      records: batch.messages.map((message) => toLogRecord(partition, message)),
    };
    await this.options.handle(logBatch, context);
    this.#positions.set(partition, nextOffset);
    this.#toCommit.set(partition, nextOffset);
    resolveOffset(batch.lastOffset());
  }

  async #positionOf(partition: number, context: BatchContext): Promise<number> {
    const known = this.#positions.get(partition);
    if (known !== undefined) return known;
    const position = await this.options.positionOf(partition, context);
    this.#positions.set(partition, position);
    return position;
  }

  async #seekToStored(partition: number, context: BatchContext): Promise<void> {
    const { topic, group } = this.options;
    const position = await this.#positionOf(partition, context);
    const limits = (await this.bounds()).find((bound) => bound.partition === partition);
    if (limits) assertWithin(topic, position, limits);
    this.logger.debug({ topic, partition, position, group }, 'reading goes on from the stored position');
    this.#consumer.seek({ topic, partition, offset: String(position) });
  }

  async #commitOffsets(): Promise<void> {
    if (this.#toCommit.size === 0) return;
    const { topic } = this.options;
    const offsets = [...this.#toCommit].map(([partition, offset]) => ({
      topic,
      partition,
      offset: String(offset),
    }));
    this.#toCommit.clear();
    await this.#consumer.commitOffsets(offsets).catch((error: unknown) => {
      this.logger.debug({ err: error }, 'group offsets not committed; the stored positions are what counts');
    });
  }

  #fail(error: Error): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    clearInterval(this.#commits);
    this.options.onFatal(error);
  }
}

/** @throws {StreamMismatchError} when the position is not one of this partition */
export function assertWithin(
  topic: string,
  position: number,
  { partition, start, end }: PartitionBounds,
): void {
  if (position >= start && position <= end) return;
  throw new StreamMismatchError(
    `The stored position ${position} of ${topic} partition ${partition} is outside of the log, which holds ${start} to ${end}. ` +
      'The topic was truncated or made anew, or the views belong to another cluster. ' +
      'Point KAFKA_BROKERS and DATABASE_URL at a pair that belongs together, or rebuild the views on an empty database.',
  );
}

export function toLogRecord(
  partition: number,
  message: EachBatchPayload['batch']['messages'][number],
): LogRecord {
  return {
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: (message.headers ?? {}) as Record<string, Buffer>,
  };
}
