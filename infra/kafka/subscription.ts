import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import {
  assertWithin,
  FencedError,
  StreamMismatchError,
  type BatchContext,
  type PartitionBounds,
  type SubscribeOptions,
  type Subscription,
} from '../event-log/log';
import type { Logger } from '../logger';
import { fetchedOffsetOf, toLogBatch } from './records';

export interface SubscriptionSettings {
  /** How long Kafka waits for a member that says nothing before its partitions go to others, in milliseconds. */
  readonly sessionTimeout: number;
  /** How often positions are copied to Kafka's group offsets, which only lag tools look at, in milliseconds. */
  readonly commitInterval: number;
  /** How much of a partition is fetched at once, in bytes. */
  readonly maxBytesPerPartition: number;
  /** How much of all partitions together is fetched from a broker at once, in bytes. */
  readonly maxBytes: number;
}

/** Twelve partitions come at once, and decoded they take ten times the room: this is what keeps a catch-up in bounds. */
const BYTES_PER_PARTITION = 262_144;

export const DEFAULT_SUBSCRIPTION: SubscriptionSettings = {
  sessionTimeout: 6_000,
  commitInterval: 2_000,
  maxBytesPerPartition: BYTES_PER_PARTITION,
  maxBytes: 16 * 1_048_576,
};

export interface KafkaSubscribeOptions extends SubscribeOptions {
  /**
   * What was fetched of the partition, up to this offset, holds no records for anybody: the marks that end transactions, or
   * records of one that was given up. No batch comes of it.
   */
  onNothing?(partition: number, nextOffset: number): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** What the last copy of the positions to the group offsets may cost when the subscription is closed. */
const LAST_COMMIT_MS = 1_000;

/**
 * A member of a consumer group that reads from the positions its owner has stored.
 *
 * kafkajs starts a partition where the group's offsets say, jumps to the beginning or the end when an offset is out of
 * range, and doesn't tell when a partition is taken away. So nothing it says about positions is believed: after each
 * join the partitions are sought to the stored positions, and each batch must have been fetched from exactly there,
 * else it is dropped and the partition sought again.
 */
export class KafkaSubscription implements Subscription {
  /** The stored positions, as far as they are known since the last join. */
  private readonly positions = new Map<number, number>();
  private readonly toCommit = new Map<number, number>();
  private readonly handling = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly consumer: Consumer;
  /** Counts the joins: what was begun before the last one must not change what is known since. */
  private generation = 0;
  private commits: NodeJS.Timeout | undefined;
  private closed: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    private readonly options: KafkaSubscribeOptions,
    private readonly bounds: () => Promise<PartitionBounds[]>,
    private readonly settings: SubscriptionSettings,
    private readonly logger: Logger,
  ) {
    this.consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout: settings.sessionTimeout,
      rebalanceTimeout: settings.sessionTimeout,
      heartbeatInterval: Math.floor(settings.sessionTimeout / 6),
      // Seeking and closing wait for the fetch under way, which waits this long for records.
      maxWaitTimeInMs: 250,
      minBytes: 1,
      maxBytes: settings.maxBytes,
      maxBytesPerPartition: settings.maxBytesPerPartition,
      allowAutoTopicCreation: false,
      // Otherwise a consumer whose brokers are away would be started again and again after it was closed.
      retry: { restartOnFailure: () => Promise.resolve(!this.stopping.signal.aborted) },
    });
  }

  async start(): Promise<void> {
    const { CRASH, GROUP_JOIN, START_BATCH_PROCESS } = this.consumer.events;
    this.consumer.on(CRASH, ({ payload: { error, restart } }) => {
      if (!restart) this.fail(error);
    });
    this.consumer.on(GROUP_JOIN, ({ payload }) =>
      this.joined(payload.memberAssignment[this.options.topic] ?? []),
    );
    this.consumer.on(START_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
      if (batchSize === 0) this.options.onNothing?.(partition, Number(lastOffset) + 1);
    });
    try {
      await this.consumer.connect();
      await this.consumer.subscribe({ topic: this.options.topic, fromBeginning: true });
    } catch (error) {
      await this.consumer.disconnect().catch(() => undefined);
      throw error;
    }
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.concurrency,
      eachBatch: (payload) => this.eachBatch(payload),
    });
    if (this.settings.commitInterval > 0) {
      this.commits = setInterval(() => void this.commitOffsets(), this.settings.commitInterval);
    }
  }

  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private async shutDown(): Promise<void> {
    this.stop();
    await Promise.allSettled(this.handling);
    // Once it has stopped, kafkajs commits no more.
    await Promise.race([this.commitOffsets(), delay(LAST_COMMIT_MS, undefined, { ref: false })]);
    await this.consumer.stop();
    await this.consumer.disconnect();
  }

  private joined(partitions: readonly number[]): void {
    if (this.stopping.signal.aborted) {
      // It was closed while it joined, when kafkajs can't be stopped: that has to wait until it runs.
      setImmediate(() => void this.consumer.disconnect().catch(() => undefined));
      return;
    }
    this.generation += 1;
    this.positions.clear();
    this.toCommit.clear();
    const { onlyPartitions } = this.options;
    const wanted = onlyPartitions
      ? partitions.filter((partition) => onlyPartitions.has(partition))
      : partitions;
    this.pause(partitions.filter((partition) => !wanted.includes(partition)));
    this.options.onAssigned(partitions);
    void this.begin(wanted);
  }

  /**
   * Seeks the partitions to their stored positions. Waiting for the first batch to do so would not do: where the
   * group's offsets say that all is read, none comes until something new is written.
   */
  private async begin(partitions: readonly number[]): Promise<void> {
    const generation = this.generation;
    const isOver = () => this.stopping.signal.aborted || generation !== this.generation;
    const context: BatchContext = {
      heartbeat: () =>
        isOver() ? Promise.reject(new Error('the partitions were given anew')) : Promise.resolve(),
      signal: this.stopping.signal,
    };
    for (let pause = FIRST_PAUSE_MS; !isOver(); pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      try {
        await this.seekToStored(partitions, context, isOver);
        return;
      } catch (error) {
        if (isOver()) return;
        if (error instanceof StreamMismatchError) return this.fail(error);
        this.logger.warn({ err: error }, 'the stored positions are not known yet; asking again');
        await delay(pause, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, isRunning, isStale } = payload;
    if (this.stopping.signal.aborted || !isRunning() || isStale()) return;
    if (this.options.onlyPartitions?.has(batch.partition) === false) return this.pause([batch.partition]);
    const handling = this.handle(payload).catch((error: unknown) => this.failed(error, payload));
    this.handling.add(handling);
    await handling.finally(() => this.handling.delete(handling));
  }

  private async failed(error: unknown, payload: EachBatchPayload): Promise<void> {
    if (this.stopping.signal.aborted) return;
    if (error instanceof StreamMismatchError) return this.fail(error);
    const { partition } = payload.batch;
    // It may have failed half-way, or after its transaction: only whoever stores the position knows where it stands.
    this.positions.delete(partition);
    // kafkajs fetches the batch again after a pause.
    if (!(error instanceof FencedError)) throw error;
    this.logger.warn({ partition, group: this.options.group }, error.message);
    await this.seekToStored([partition], this.context(payload));
  }

  private context({ heartbeat }: EachBatchPayload): BatchContext {
    return { heartbeat, signal: this.stopping.signal };
  }

  private async handle(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset } = payload;
    const { partition } = batch;
    const context = this.context(payload);
    const expected = this.positions.get(partition) ?? (await this.askPosition(partition, context));
    if (fetchedOffsetOf(batch) !== expected) return this.seekToStored([partition], context);
    const generation = this.generation;
    const logBatch = toLogBatch(batch);
    await this.options.handle(logBatch, context);
    // The partition may be somebody else's by now, and kafkajs trips over offsets of partitions that it has lost.
    if (generation !== this.generation) return;
    this.positions.set(partition, logBatch.nextOffset);
    this.toCommit.set(partition, logBatch.nextOffset);
    resolveOffset(batch.lastOffset());
  }

  private async askPosition(partition: number, context: BatchContext): Promise<number> {
    const generation = this.generation;
    const position = await this.options.positionOf(partition, context);
    if (generation !== this.generation) return position;
    // A batch that was handled meanwhile has moved it on.
    const known = this.positions.get(partition) ?? position;
    this.positions.set(partition, known);
    return known;
  }

  private async seekToStored(
    partitions: readonly number[],
    context: BatchContext,
    isOver = () => false,
  ): Promise<void> {
    const { topic, group } = this.options;
    const positions = await Promise.all(
      partitions.map(
        async (partition) => this.positions.get(partition) ?? (await this.askPosition(partition, context)),
      ),
    );
    const bounds = new Map((await this.bounds()).map((bound) => [bound.partition, bound]));
    if (isOver()) return;
    partitions.forEach((partition, i) => {
      const position = positions[i]!;
      const limits = bounds.get(partition);
      if (limits) assertWithin(topic, position, limits);
      // Batches were handled meanwhile: reading is on its way, and may be beyond these bounds by now.
      if (this.positions.get(partition) !== position) return;
      this.logger.debug({ topic, partition, position, group }, 'reading goes on from the stored position');
      this.consumer.seek({ topic, partition, offset: String(position) });
    });
  }

  private async commitOffsets(): Promise<void> {
    if (this.toCommit.size === 0) return;
    const { topic } = this.options;
    const offsets = [...this.toCommit].map(([partition, offset]) => ({
      topic,
      partition,
      offset: String(offset),
    }));
    this.toCommit.clear();
    await this.consumer.commitOffsets(offsets).catch((error: unknown) => {
      this.logger.debug({ err: error }, 'group offsets not committed; the stored positions are what counts');
    });
  }

  private fail(error: Error): void {
    if (this.stopping.signal.aborted) return;
    this.stop();
    this.options.onFatal(error);
  }

  /** From now on nothing is fetched and no batch is handled. */
  private stop(): void {
    this.stopping.abort();
    clearInterval(this.commits);
    this.pause();
  }

  /** @param partitions absent: all */
  private pause(partitions?: readonly number[]): void {
    if (partitions?.length === 0) return;
    try {
      const { topic } = this.options;
      this.consumer.pause([partitions ? { topic, partitions: [...partitions] } : { topic }]);
    } catch {
      // Not running, so nothing is fetched.
    }
  }
}
