import {
  type Appender,
  type AttemptOptions,
  type AttemptResult,
  NotAppendedError,
  type OutgoingRecord,
  type PartitionRecords,
  type Position,
} from '../event-log/log';
import { appendAll } from '../event-log/append-all';
import { withDeadline } from '../deadline';
import type { Logger } from '../logger';
import type { KafkaSettings } from './client';
import { byLeader, Cluster, LONGEST_TRY_MS } from './cluster';
import type { Link } from './link';
import { produceFailureOf } from './protocol/errors';
import type { BrokerAddress, TopicMetadata } from './protocol/metadata';
import { produceRequest, type PartitionAnswer } from './protocol/produce';
import { encodeCompressedBatch } from './protocol/record-batch';
import { wrongPartitions } from './topic-watch';

export interface AppenderOptions {
  /** How long the log may take to acknowledge an `append`, in milliseconds. After that its outcome is unknown. */
  readonly timeout: number;
  /** How many partitions topics must have; those that are not named may have any number. */
  readonly partitions?: Readonly<Record<string, number>> | undefined;
}

/**
 * The part of the time that the broker may wait for in-sync replicas. It answers for all partitions of a request when the slowest is
 * done: the rest of the time is for that answer, by which the others are acknowledged.
 */
const BROKERS_SHARE = 0.8;
/** While a broker is away every attempt fails: one of them is a warning, in so many milliseconds. */
const WARNING_EVERY_MS = 1_000;

/** The records of one partition that are to be sent, and who waits for what becomes of them. */
interface Delivery extends PartitionRecords {
  readonly onWire: AttemptOptions['onWire'];
  settle(result: AttemptResult): void;
}

/**
 * Appends to Kafka with acks=all, by produce requests of our own.
 *
 * kafkajs' producer is not used. Its idempotent mode reports records as written that are not, when the response to a produce
 * request is lost (`idempotent-producer.int.test.ts` shows it), and its plain mode answers for all partitions of a send
 * together, so that one without a leader stops every other. A lost response can only make duplicates here, and readers know an
 * event again by its ID.
 *
 * Doubt begins when a produce request is on the wire: whatever fails before it was surely not written.
 */
export class KafkaAppender implements Appender {
  private readonly cluster: Cluster;
  private busy = false;
  private warnedAt = -Infinity;

  constructor(
    settings: KafkaSettings,
    private readonly logger: Logger,
    private readonly options: AppenderOptions,
  ) {
    this.cluster = new Cluster(settings, logger);
  }

  attempt(
    topic: string,
    batches: readonly PartitionRecords[],
    { timeout, apart = false, onWire }: AttemptOptions,
  ): Promise<AttemptResult>[] {
    const deliveries: Delivery[] = [];
    const results = batches.map(
      (batch) => new Promise<AttemptResult>((settle) => deliveries.push({ ...batch, onWire, settle })),
    );
    void this.deliver(topic, deliveries, performance.now() + timeout, apart);
    return results;
  }

  async append(topic: string, records: readonly OutgoingRecord[]): Promise<(Position | undefined)[]> {
    if (this.busy) throw new Error('an appender takes one append at a time');
    this.busy = true;
    const { timeout } = this.options;
    try {
      const { leaders } = await this.routesOf(topic, performance.now() + timeout);
      return await appendAll(this, topic, records, { partitions: leaders.size, timeout });
    } finally {
      this.busy = false;
    }
  }

  async close(): Promise<void> {
    this.cluster.close();
  }

  /** Never throws: every delivery is settled. */
  private async deliver(
    topic: string,
    deliveries: readonly Delivery[],
    deadline: number,
    apart: boolean,
  ): Promise<void> {
    let metadata: TopicMetadata;
    try {
      metadata = await this.routesOf(topic, deadline);
    } catch (error) {
      return settleAll(deliveries, { kind: 'not-appended', error: error as Error });
    }
    for (const [leader, led] of byLeader(deliveries, metadata.leaders)) {
      const broker = metadata.brokers.get(leader);
      if (!broker) {
        this.cluster.refresh(topic);
        settleAll(led, {
          kind: 'not-appended',
          error: new Error(`${named(led)} of ${topic} has no leader at present`),
        });
      } else if (apart || this.cluster.linkTo(broker).isStuck) {
        for (const delivery of led)
          void this.send(topic, [delivery], broker, deadline, `apart-${delivery.partition}`);
      } else {
        void this.send(topic, led, broker, deadline);
      }
    }
  }

  /** @throws {NotAppendedError} */
  private async routesOf(topic: string, deadline: number): Promise<TopicMetadata> {
    let metadata: TopicMetadata;
    try {
      metadata = await this.cluster.metadataOf(topic, deadline - performance.now());
    } catch (error) {
      throw new NotAppendedError(`Kafka can't be reached: ${messageOf(error)}`, { cause: error });
    }
    const wanted = this.options.partitions?.[topic];
    const { size } = metadata.leaders;
    if (size > 0 && (wanted ?? size) === size) return metadata;
    this.cluster.refresh(topic);
    throw new NotAppendedError(
      size === 0 ? `The partitions of ${topic} are not known yet` : wrongPartitions(topic, size, wanted!),
    );
  }

  private async send(
    topic: string,
    deliveries: readonly Delivery[],
    broker: BrokerAddress,
    deadline: number,
    purpose?: string,
  ): Promise<void> {
    const link = this.cluster.linkTo(broker, purpose);
    let answers: readonly PartitionAnswer[];
    let isSent = false;
    try {
      if (!link.isReady) {
        const patience = Math.min(LONGEST_TRY_MS, deadline - performance.now());
        await withDeadline(patience, () => link.ready(patience));
      }
      const now = Date.now();
      const batches = deliveries.map(({ partition, records }) => ({
        partition,
        batch: encodeCompressedBatch(records, now),
      }));
      const left = deadline - performance.now();
      if (left <= 0) throw new Error('there was no time left to send it');
      isSent = true;
      for (const { partition, onWire } of deliveries) onWire?.(partition);
      answers = await withDeadline(left, () =>
        link.send(produceRequest(topic, batches, BROKERS_SHARE * left), left),
      );
    } catch (error) {
      this.abandon(link, topic, error);
      return settleAll(deliveries, { kind: isSent ? 'in-doubt' : 'not-appended', error: error as Error });
    }
    if (purpose !== undefined && answers.every(({ errorCode }) => errorCode === 0)) this.cluster.drop(link);
    for (const delivery of deliveries) delivery.settle(this.resultOf(topic, delivery, answers));
  }

  private resultOf(
    topic: string,
    { partition }: Delivery,
    answers: readonly PartitionAnswer[],
  ): AttemptResult {
    const answer = answers.find((each) => each.partition === partition);
    if (!answer) return { kind: 'in-doubt', error: new Error(`partition ${partition} was not answered for`) };
    const { errorCode, baseOffset } = answer;
    if (errorCode === 0) return { kind: 'appended', baseOffset };
    const { kind, error, isUnusual } = produceFailureOf(errorCode);
    // Another broker may lead it by now.
    if (kind !== 'too-large') this.cluster.refresh(topic);
    if (isUnusual) this.logger.warn({ topic, partition, err: error }, 'Kafka refuses to append');
    return { kind, error };
  }

  /** The link may still deliver what it was given: nothing else goes over it. */
  private abandon(link: Link, topic: string, reason: unknown): void {
    this.cluster.drop(link);
    this.cluster.refresh(topic);
    const now = performance.now();
    const isNews = now - this.warnedAt >= WARNING_EVERY_MS;
    if (isNews) this.warnedAt = now;
    this.logger[isNews ? 'warn' : 'debug'](
      { reason: messageOf(reason), topic },
      'connection to Kafka given up: the next append makes a new one',
    );
  }
}

function settleAll(deliveries: readonly Delivery[], result: AttemptResult): void {
  for (const { settle } of deliveries) settle(result);
}

function named(deliveries: readonly Delivery[]): string {
  const partitions = deliveries.map(({ partition }) => partition);
  return `${partitions.length === 1 ? 'partition' : 'partitions'} ${partitions.join(', ')}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
