import {
  FencedError,
  formatPosition,
  type BatchContext,
  type LogBatch,
  type LogRecord,
} from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { isTransient } from '../../infra/postgres/errors';
import type { Decoder } from '../../schemas/codec/codec';
import type { AnyEvent } from '../../schemas/event-set';
import type { DeadLetterSink } from './dead-letter-sink';
import { deadRecord, type SetAsideRecord } from './set-aside-record';
import { isPoison } from './poison';
import type { PartitionState } from './checkpoint';
import type { Projection, ProjectionBatch } from './projection';
import { retryWhileTransient } from './transient-retry';
import { learnSchemas, triage, type Triaged } from './triage';

export interface BatchProjectorOptions<E extends AnyEvent> {
  readonly topic: string;
  /** How many partitions the topic has. */
  readonly partitions: number;
  readonly projection: Projection<E>;
  readonly decoder: Decoder<E>;
  /** Where dead letters are published; absent: nowhere, since they have been published before. */
  readonly deadLetters?: DeadLetterSink | undefined;
  /** Whether another consumer of the topic publishes the dead letters of records that cannot be decoded. */
  readonly ignoreUndecodable?: boolean;
  /** Records that were discarded, by position (`formatPosition`): they are skipped. */
  readonly discarded?: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics?: BatchProjectorMetrics;
  /** How many records one transaction projects at most. */
  readonly batchSize?: number;
}

export interface BatchProjectorMetrics {
  /** @param now milliseconds since the epoch */
  projected(batch: LogBatch, now: number): void;
  setAside(records: number): void;
}

const BATCH_SIZE = 1_000;

/**
 * Projects records of one partition into a view: decode → project, in parts of a batch, each in one transaction.
 *
 * Transient errors (Postgres or the registry away) are retried, with the records in memory. A record that fails for good
 * (undecodable bytes, an event that the view cannot store) is set aside, and so are the later events of its book, in their
 * order; all other books go on.
 */
export class BatchProjector<E extends AnyEvent> {
  private readonly batchSize: number;

  constructor(private readonly options: BatchProjectorOptions<E>) {
    this.batchSize = options.batchSize ?? BATCH_SIZE;
  }

  /**
   * Projects the batch.
   * @param state where the partition stands; `batch` begins there
   * @returns where it stands afterwards
   * @throws {FencedError} when it stands elsewhere by now; nothing more was stored then
   */
  async apply(batch: LogBatch, state: PartitionState, context: BatchContext): Promise<PartitionState> {
    const size = this.batchSize;
    let reached = state;
    for (let at = 0; at === 0 || at < batch.records.length; at += size) {
      if (at > 0) await context.heartbeat();
      reached = await this.projectPart(part(batch, at, at + size), reached, context);
    }
    return reached;
  }

  private async projectPart(
    batch: LogBatch,
    state: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    const records = this.wanted(batch.records);
    await learnSchemas(this.options.decoder, records, context, this.options.logger);
    const sorted = triage(records, state.blocked, this.options);
    const dead = sorted.setAside.find(({ status }) => status === 'dead');
    // In a batch of its own: whether it is dead or only parked can still depend on the records before it.
    if (dead && batch.records.length > 1) return this.around(dead, batch, state, context);
    if (!this.options.ignoreUndecodable) await this.publish(sorted.setAside);
    try {
      const reached = await this.store(batch, sorted, state, context);
      this.options.metrics?.projected(batch, Date.now());
      return reached;
    } catch (error) {
      if (!isPoison(error) || sorted.events.length === 0) throw error;
      if (batch.records.length > 1) return this.oneByOne(batch, state, context);
      const [record] = records as [LogRecord];
      const setAside = [deadRecord(record, error as Error, record.key?.toString() ?? null)];
      await this.publish(setAside);
      return this.store(batch, { events: [], setAside }, state, context);
    }
  }

  /** Projects what is before a dead record, then sets that one aside, then projects the rest. */
  private async around(
    { record }: SetAsideRecord,
    batch: LogBatch,
    state: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    const at = batch.records.findIndex(({ offset }) => offset === record.offset);
    let reached = state;
    for (const [from, to] of [
      [0, at],
      [at, at + 1],
      [at + 1, batch.records.length],
    ] as const) {
      if (from < to) reached = await this.projectPart(part(batch, from, to), reached, context);
      await context.heartbeat();
    }
    return reached;
  }

  /** Finds which event of a batch the view cannot store, so that only that one and its book are blocked. */
  private async oneByOne(
    batch: LogBatch,
    state: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    let reached = state;
    for (let at = 0; at < batch.records.length; at += 1) {
      reached = await this.projectPart(part(batch, at, at + 1), reached, context);
      await context.heartbeat();
    }
    return reached;
  }

  private wanted(records: readonly LogRecord[]): readonly LogRecord[] {
    const { discarded } = this.options;
    if (!discarded?.size) return records;
    return records.filter((record) => !discarded.has(formatPosition(record)));
  }

  private async store(
    { partition, fromOffset, nextOffset }: LogBatch,
    { events, setAside }: Triaged<E>,
    { epoch, blocked }: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    await this.project({ partition, fromOffset, nextOffset, epoch, events, setAside }, context);
    if (setAside.length === 0) return { offset: nextOffset, epoch, blocked };
    this.options.metrics?.setAside(setAside.length);
    const books = setAside.map(({ bookId }) => bookId).filter((bookId) => bookId !== null);
    return { offset: nextOffset, epoch, blocked: new Set([...blocked, ...books]) };
  }

  private async project(batch: ProjectionBatch<E>, context: BatchContext): Promise<void> {
    const { projection, logger } = this.options;
    try {
      await retryWhileTransient('projecting', () => projection.project(batch), isTransient, context, logger);
    } catch (error) {
      if (error instanceof FencedError) projection.forget(batch.partition);
      throw error;
    }
  }

  /** Before they are stored: if the process dies in between they are published twice, and never not at all. */
  private async publish(records: readonly SetAsideRecord[]): Promise<void> {
    const { topic, deadLetters, logger } = this.options;
    if (records.length === 0 || !deadLetters) return;
    const dead = records.filter(({ status }) => status === 'dead');
    if (dead.length === 0) return;
    await deadLetters.keep(
      topic,
      dead.map(({ record, reason }) => ({ record, reason: reason ?? '' })),
    );
    for (const { record, bookId, reason } of dead) {
      logger.error({ position: formatPosition(record), bookId, reason }, 'record set aside as a dead letter');
    }
  }
}

/** The records from `from` up to, not including, `to`, as a batch of their own. */
function part(batch: LogBatch, from: number, to: number): LogBatch {
  if (from === 0 && to >= batch.records.length) return batch;
  const records = batch.records.slice(from, to);
  return {
    ...batch,
    fromOffset: from === 0 ? batch.fromOffset : records[0]!.offset,
    nextOffset: batch.records[to]?.offset ?? batch.nextOffset,
    records,
  };
}
