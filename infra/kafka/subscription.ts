import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, ConsumerStartBatchProcessEvent, EachBatchPayload, Kafka } from 'kafkajs';
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
import { createConsumer, type SubscriptionSettings } from './consumer';
import { GroupOffsets } from './group-offsets';
import { fetchedOffsetOf, toLogBatch } from './records';

type StartBatchProcess = ConsumerStartBatchProcessEvent['payload'];

/** A part of a partition that holds no records for anybody. */
interface Stretch {
  readonly partition: number;
  /** The first offset that something was fetched of; undefined: nothing is left of it. */
  readonly first: number | undefined;
  readonly nextOffset: number;
  readonly endOffset: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

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
  private readonly handling = new Set<Promise<void>>();
  /** Stretches of a partition without records that are being handled, one after the other. */
  private readonly skipping = new Map<number, Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly consumer: Consumer;
  private readonly groupOffsets: GroupOffsets;
  /** Counts the joins: what was begun before the last one must not change what is known since. */
  private generation = 0;
  private closed: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    private readonly options: SubscribeOptions,
    private readonly bounds: () => Promise<PartitionBounds[]>,
    private readonly settings: SubscriptionSettings,
    private readonly logger: Logger,
  ) {
    this.consumer = createConsumer(kafka, options.group, settings, this.stopping.signal);
    this.groupOffsets = new GroupOffsets(this.consumer, options.topic, logger);
  }

  async start(): Promise<void> {
    const { CRASH, GROUP_JOIN, START_BATCH_PROCESS } = this.consumer.events;
    this.consumer.on(CRASH, ({ payload: { error, restart } }) => {
      if (!restart) this.fail(error);
    });
    this.consumer.on(GROUP_JOIN, ({ payload }) =>
      this.joined(payload.memberAssignment[this.options.topic] ?? []),
    );
    this.consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.skip(payload);
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
    this.groupOffsets.start(this.settings.commitInterval);
  }

  async reread(partition: number): Promise<void> {
    const { generation } = this;
    const isOver = () => this.stopping.signal.aborted || generation !== this.generation;
    this.positions.delete(partition);
    const context = { heartbeat: () => Promise.resolve(), signal: this.stopping.signal };
    await this.seekToStored([partition], context, isOver);
  }

  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  /** Ends it for good: nothing is handled any more, and the owner is told. Not before it was started. */
  fail(error: Error): void {
    if (this.stopping.signal.aborted) return;
    this.stop();
    this.options.onFatal(error);
  }

  private async shutDown(): Promise<void> {
    this.stop();
    await Promise.allSettled(this.handling);
    await this.groupOffsets.commitLast();
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
    this.groupOffsets.forget();
    this.skipping.clear();
    this.options.onAssigned(partitions);
    void this.begin(partitions);
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
    const { isRunning, isStale } = payload;
    if (this.stopping.signal.aborted || !isRunning() || isStale()) return;
    const handling = this.handle(payload).catch((error: unknown) => this.failed(error, payload));
    this.handling.add(handling);
    await handling.finally(() => this.handling.delete(handling));
  }

  private async failed(error: unknown, payload: EachBatchPayload): Promise<void> {
    if (this.stopping.signal.aborted) return;
    if (error instanceof StreamMismatchError) return this.fail(error);
    const { partition } = payload.batch;
    // It may have failed half-way, or after its transaction: only the owner of the stored position knows where it stands.
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
    await this.skipping.get(partition);
    const expected = this.positions.get(partition) ?? (await this.askPosition(partition, context));
    if (fetchedOffsetOf(batch) !== expected) return this.seekToStored([partition], context);
    const generation = this.generation;
    const logBatch = toLogBatch(batch);
    await this.options.handle(logBatch, context);
    if (generation !== this.generation) return;
    this.moveOn(partition, logBatch.nextOffset);
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
      // Where none is committed kafkajs asks the leader, and without one it would read nothing at all.
      this.groupOffsets.moved(partition, position);
    });
  }

  /**
   * What was fetched holds no records for anybody: those of a transaction that was given up, marks that end transactions, holes.
   * kafkajs goes on behind it by itself, and so must the stored position: else the next batch would not be the expected one,
   * and the stretch be fetched again and again.
   */
  private skip({ partition, firstOffset, lastOffset, highWatermark }: StartBatchProcess): void {
    const stretch = {
      partition,
      first: firstOffset === null ? undefined : Number(firstOffset),
      nextOffset: Number(lastOffset) + 1,
      endOffset: Number(highWatermark),
    };
    const before = this.skipping.get(partition) ?? Promise.resolve();
    const skipping = before.then(() => this.handleNothing(stretch));
    this.skipping.set(partition, skipping);
    this.handling.add(skipping);
    void skipping.finally(() => this.handling.delete(skipping));
  }

  /** Never throws: where the stretch cannot be taken, the next batch is not the expected one, and the partition is sought again. */
  private async handleNothing({ partition, first, nextOffset, endOffset }: Stretch): Promise<void> {
    const { generation } = this;
    const context = { heartbeat: () => Promise.resolve(), signal: this.stopping.signal };
    try {
      const fromOffset = this.positions.get(partition) ?? (await this.askPosition(partition, context));
      if (nextOffset <= fromOffset || this.stopping.signal.aborted) return;
      if (first !== undefined && first > fromOffset) await this.assertWithinLog(partition, fromOffset);
      await this.options.handle({ partition, fromOffset, nextOffset, endOffset, records: [] }, context);
      if (generation === this.generation) this.moveOn(partition, nextOffset);
    } catch (error) {
      if (error instanceof StreamMismatchError) return this.fail(error);
      this.positions.delete(partition);
      this.logger.debug({ err: error, partition }, 'a stretch without records could not be skipped');
    }
  }

  /** kafkajs jumps when an offset is out of range: what it finds there does not follow the stored position. */
  private async assertWithinLog(partition: number, position: number): Promise<void> {
    const limits = (await this.bounds()).find((bound) => bound.partition === partition);
    if (limits) assertWithin(this.options.topic, position, limits);
  }

  private moveOn(partition: number, nextOffset: number): void {
    this.positions.set(partition, nextOffset);
    this.groupOffsets.moved(partition, nextOffset);
  }

  /** From now on nothing is fetched and no batch is handled. */
  private stop(): void {
    this.stopping.abort();
    this.groupOffsets.stop();
    this.pause();
  }

  private pause(): void {
    try {
      this.consumer.pause([{ topic: this.options.topic }]);
    } catch {
      // Not running, so nothing is fetched.
    }
  }
}
