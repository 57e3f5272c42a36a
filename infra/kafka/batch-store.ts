import { setTimeout as delay } from 'node:timers/promises';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { UnknownTopicError, type PartitionBounds } from '../event-log/log';
import type { Logger } from '../logger';
import type { KafkaSettings } from './client';
import { Cluster } from './cluster';
import { EmptyOffsets } from './empty-offsets';
import type { Link } from './link';
import { OffsetQuestions } from './offsets';
import { produceFailureOf } from './protocol/errors';
import { fetchRequest } from './protocol/fetch';
import { produceRequest } from './protocol/produce';
import { rewritable, storedBatches, type StoredBatch } from './protocol/read-batches';

/** A batch that is larger than this comes nevertheless. */
const FETCHED_BYTES = 4_194_304;
const MAX_WAIT_MS = 500;
const ANSWER_TIMEOUT_MS = 30_000;
/** How often a fetch is tried, and how long between two tries, in milliseconds. */
const TRIES = 20;
const PAUSE_MS = 250;
/** How long an offset that was made may take to be there. */
const VISIBLE_MS = 30_000;

/**
 * Record batches as Kafka stores them: what backups are made of. Nothing is decoded, so that nothing is lost: keys, values, headers,
 * times and compression are what they were.
 */
export class BatchStore {
  private readonly cluster: Cluster;
  private readonly offsets: OffsetQuestions;
  private readonly empty: EmptyOffsets;

  /** @param prefix of the topics, for the transactional ID with which offsets without records are made */
  constructor(settings: KafkaSettings, logger: Logger, prefix: string) {
    this.cluster = new Cluster(settings, logger);
    this.offsets = new OffsetQuestions(this.cluster);
    this.empty = new EmptyOffsets(this.cluster, prefix);
  }

  /**
   * The committed batches of a range, in order, without marks and what was given up.
   * @throws {Error} when the leader cannot be read from for some seconds, or a batch is damaged
   */
  async *read(topic: string, range: PartitionBounds, signal: AbortSignal): AsyncGenerator<StoredBatch[]> {
    for (let next = range.start; next < range.end;) {
      signal.throwIfAborted();
      const fetched = await this.fetch(topic, range.partition, next, signal);
      const { batches, nextOffset } = storedBatches(fetched, next);
      next = nextOffset;
      yield batches.filter(({ baseOffset }) => baseOffset < range.end);
    }
  }

  /**
   * Appends a batch to a partition whose end is known.
   * @param end where the partition ends; the batch is at the offset that it had, however many without records lie between
   * @returns where the partition ends now
   * @throws {Error} when it was not appended, may have been, or is at another offset: somebody else writes
   */
  async append(topic: string, partition: number, batch: StoredBatch, end: number): Promise<number> {
    await this.pad(topic, partition, end, batch.baseOffset);
    const link = await this.linkToLeader(topic, partition);
    const request = produceRequest(topic, [{ partition, batch: rewritable(batch) }], ANSWER_TIMEOUT_MS);
    const [answer] = await link.send(request, ANSWER_TIMEOUT_MS);
    if (answer?.errorCode !== 0) throw produceFailureOf(answer?.errorCode ?? -1).error;
    if (answer.baseOffset !== batch.baseOffset)
      throw new Error(
        `${topic} partition ${partition}: what was at offset ${batch.baseOffset} is at ${answer.baseOffset} now. Somebody else writes to it`,
      );
    return batch.lastOffset + 1;
  }

  /**
   * Moves the end of a partition by offsets without records.
   * @throws {Error} when the brokers do not do it in time
   */
  async pad(topic: string, partition: number, from: number, to: number): Promise<void> {
    for (let end = from; end < to; end += 1) {
      await this.empty.add(topic, partition);
      await this.untilEnd(topic, partition, end + 1);
    }
  }

  close(): void {
    this.cluster.close();
  }

  private async untilEnd(topic: string, partition: number, wanted: number): Promise<void> {
    const deadline = performance.now() + VISIBLE_MS;
    for (;;) {
      const bounds = await this.offsets.bounds(topic);
      const end = bounds.find((each) => each.partition === partition)?.end ?? 0;
      if (end === wanted) return;
      if (end > wanted || performance.now() > deadline)
        throw new Error(`${topic} partition ${partition} ends at ${end} instead of ${wanted}`);
      await delay(PAUSE_MS / 10);
    }
  }

  private async fetch(topic: string, partition: number, offset: number, signal: AbortSignal) {
    for (let left = TRIES; ; left -= 1) {
      try {
        const link = await this.linkToLeader(topic, partition);
        const wanted = [{ partition, offset, maxBytes: FETCHED_BYTES }];
        const request = fetchRequest(topic, wanted, { maxWait: MAX_WAIT_MS, maxBytes: FETCHED_BYTES });
        const [fetched] = await link.send(request, ANSWER_TIMEOUT_MS);
        if (!fetched) throw new Error(`partition ${partition} of ${topic} was not answered for`);
        if (fetched.errorCode !== 0) throw createErrorFromCode(fetched.errorCode);
        return fetched;
      } catch (error) {
        if (left <= 1 || error instanceof UnknownTopicError) throw error;
        this.cluster.refresh(topic);
        await delay(PAUSE_MS, undefined, { signal });
      }
    }
  }

  private async linkToLeader(topic: string, partition: number): Promise<Link> {
    const { leaders, brokers } = await this.cluster.metadataOf(topic, ANSWER_TIMEOUT_MS);
    const broker = brokers.get(leaders.get(partition) ?? -1);
    if (!broker) throw new Error(`partition ${partition} of ${topic} has no leader at present`);
    // A connection for each partition: a broker answers the requests of one in turn.
    return this.cluster.openLinkTo(broker, `batches-${partition}`, ANSWER_TIMEOUT_MS);
  }
}
