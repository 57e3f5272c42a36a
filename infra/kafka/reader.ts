import { setTimeout as delay } from 'node:timers/promises';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { withDeadline } from '../deadline';
import {
  assertWithin,
  UnknownTopicError,
  type LogBatch,
  type PartitionBounds,
  type ReadOptions,
} from '../event-log/log';
import type { Logger } from '../logger';
import { BatchQueue } from './batch-queue';
import { byLeader, type Cluster } from './cluster';
import type { Link } from './link';
import { OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION } from './protocol/errors';
import { fetchRequest, type FetchedPartition } from './protocol/fetch';
import type { BrokerAddress } from './protocol/metadata';
import { readBatches } from './protocol/read-batches';

/**
 * How much is fetched at once, in bytes, and with how many batches not taken yet the next fetch begins. Small ones, and few: what
 * the garbage collector finds alive it has to copy, which cost more than the additional fetches. Compressed bytes are counted: up to
 * four times as many come out.
 */
const BYTES_PER_PARTITION = 65_536;
const MAX_BYTES = 262_144;
const LOW_WATER = 2;
/** How long a broker may wait for new records; how long it may take beyond that; both in milliseconds. */
const MAX_WAIT_MS = 500;
const ANSWER_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** How long a partition rests whose leader could not be read from, or is not known, in milliseconds. */
const REST_MS = 250;
const QUESTION_TIMEOUT_MS = 5_000;

export interface ReaderOptions extends ReadOptions {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly logger: Logger;
  /** What the topic holds now. */
  bounds(): Promise<PartitionBounds[]>;
}

/**
 * Reads ranges of a topic by fetch requests of our own, without any group: nothing is joined, and no live group's offsets are
 * touched. The batches of a partition come in order; a range that follows (`end` infinite) goes on until the signal is aborted.
 * A partition without a leader is waited for, while the others go on.
 * @throws {UnknownTopicError}
 * @throws {StreamMismatchError} when a range begins outside of the log
 * @throws {RangeError} when a partition is not there
 */
export async function* readRanges(options: ReaderOptions): AsyncGenerator<LogBatch> {
  const { ranges, signal, cluster, topic } = options;
  const wanted = ranges.filter(({ start, end }) => start < end);
  if (wanted.length === 0 || signal?.aborted) return;
  const described = await cluster.describe(topic, QUESTION_TIMEOUT_MS);
  if (!described) throw new UnknownTopicError(topic);
  // It would be waited for for ever.
  const missing = wanted.find(({ partition }) => !described.leaders.has(partition));
  if (missing) throw new RangeError(`${topic} has no partition ${missing.partition}`);
  const reader = new RangeReader(options, wanted);
  const stop = () => reader.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (!signal?.aborted) yield* reader.batches();
  } finally {
    signal?.removeEventListener('abort', stop);
    reader.close();
  }
}

/** One read under way. For each broker there is at most one fetch at a time, over a connection of this read alone. */
class RangeReader {
  private static count = 0;

  /** What is still to be fetched, in the order in which it is asked for: who got something goes to the end. */
  private readonly open: Map<number, PartitionBounds>;
  private readonly resting = new Set<number>();
  private readonly busy = new Set<number>();
  private readonly links = new Set<Link>();
  private readonly queue = new BatchQueue();
  private readonly closing = new AbortController();
  private readonly purpose = `read-${(RangeReader.count += 1)}`;

  constructor(
    private readonly options: ReaderOptions,
    ranges: readonly PartitionBounds[],
  ) {
    this.open = new Map(ranges.map((range) => [range.partition, range]));
  }

  async *batches(): AsyncGenerator<LogBatch> {
    void this.pump();
    for await (const batch of this.queue.drain()) {
      if (this.queue.size <= LOW_WATER) void this.pump();
      yield batch;
    }
  }

  close(): void {
    this.closing.abort();
    this.queue.end();
    for (const link of this.links) this.options.cluster.drop(link);
  }

  /** Begins a fetch from every broker that has none under way. Called whenever there may be something to fetch. Never throws. */
  private async pump(): Promise<void> {
    const { cluster, topic } = this.options;
    try {
      const { leaders, brokers } = await cluster.metadataOf(topic, QUESTION_TIMEOUT_MS);
      if (this.closing.signal.aborted || this.queue.size > LOW_WATER) return;
      const awake = [...this.open.values()].filter(({ partition }) => !this.resting.has(partition));
      for (const [leader, ranges] of byLeader(awake, leaders)) {
        const broker = brokers.get(leader);
        if (!broker) this.rest(ranges);
        else if (!this.busy.has(leader)) void this.fetch(broker, ranges);
      }
    } catch (error) {
      this.failed([...this.open.values()], error);
    }
  }

  private async fetch(broker: BrokerAddress, ranges: readonly PartitionBounds[]): Promise<void> {
    const { cluster, topic } = this.options;
    this.busy.add(broker.nodeId);
    const link = cluster.linkTo(broker, this.purpose);
    this.links.add(link);
    try {
      await withDeadline(CONNECT_TIMEOUT_MS, () => link.open());
      const wanted = ranges.map(({ partition, start }) => ({
        ...{ partition, offset: start, maxBytes: BYTES_PER_PARTITION },
      }));
      const request = fetchRequest(topic, wanted, { maxWait: MAX_WAIT_MS, maxBytes: MAX_BYTES });
      const timeout = MAX_WAIT_MS + ANSWER_TIMEOUT_MS;
      const answers = await withDeadline(timeout, () => link.send(request, timeout));
      if (this.closing.signal.aborted) return;
      for (const answer of answers) await this.take(answer);
    } catch (error) {
      this.links.delete(link);
      cluster.drop(link);
      this.failed(ranges, error);
    } finally {
      this.busy.delete(broker.nodeId);
    }
    void this.pump();
  }

  /** Partitions that could not be asked for: a connection that broke is no reason to stop, what the topic is may be one. */
  private failed(ranges: readonly PartitionBounds[], error: unknown): void {
    if (this.closing.signal.aborted) return;
    if (error instanceof UnknownTopicError) return this.queue.end(error);
    const { topic, logger } = this.options;
    logger.debug({ err: error, topic }, 'records could not be fetched; trying again');
    this.rest(ranges);
  }

  /** @throws {Error} for what does not pass by itself; it ends the read */
  private async take(answer: FetchedPartition): Promise<void> {
    const { partition, errorCode } = answer;
    const range = this.open.get(partition);
    if (!range) return;
    try {
      if (errorCode === 0) this.takeRecords(answer, range);
      else await this.takeError(range, errorCode);
    } catch (error) {
      this.queue.end(error as Error);
    }
  }

  private takeRecords(answer: FetchedPartition, { partition, start, end }: PartitionBounds): void {
    const { records, nextOffset } = readBatches(answer, start);
    if (nextOffset === start) return;
    this.open.delete(partition);
    if (nextOffset < end) this.open.set(partition, { partition, start: nextOffset, end });
    this.queue.put({
      ...{ partition, fromOffset: start, endOffset: answer.highWatermark },
      nextOffset: Math.min(nextOffset, end),
      records: nextOffset <= end ? records : records.filter(({ offset }) => offset < end),
    });
    if (this.open.size === 0) this.queue.end();
  }

  private async takeError(range: PartitionBounds, errorCode: number): Promise<void> {
    const { cluster, topic, bounds } = this.options;
    const error = createErrorFromCode(errorCode);
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      const limits = (await bounds()).find(({ partition }) => partition === range.partition);
      if (limits) assertWithin(topic, range.start, limits);
    } else if (!error.retriable) {
      throw error;
    } else if (
      errorCode === UNKNOWN_TOPIC_OR_PARTITION &&
      !(await cluster.describe(topic, QUESTION_TIMEOUT_MS))
    ) {
      throw new UnknownTopicError(topic);
    }
    // Its leader has moved, or does not know yet that it is one.
    this.rest([range]);
  }

  private rest(ranges: readonly PartitionBounds[]): void {
    const { cluster, topic } = this.options;
    cluster.refresh(topic);
    for (const { partition } of ranges) this.resting.add(partition);
    void delay(REST_MS, undefined, { signal: this.closing.signal })
      .then(() => {
        for (const { partition } of ranges) this.resting.delete(partition);
        return this.pump();
      })
      .catch(() => undefined);
  }
}
