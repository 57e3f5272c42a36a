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
import type { DeadLetterSink } from '../dead-letters/dead-letter-topic';
import { deadLetter, type SetAsideRecord } from './set-aside-record';
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
  /** Where dead letters are shown; absent: nowhere but in the table, since they have been shown before. */
  readonly deadLetters?: DeadLetterSink | undefined;
  /** Whether records that nobody can decode are left to another consumer of the topic to be shown. */
  readonly ignoreUndecodable?: boolean;
  /** Records that somebody has decided to leave out, by position (`formatPosition`). */
  readonly discarded?: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics?: BatchProjectorMetrics;
  /** How many records one transaction takes at most. */
  readonly batchSize?: number;
}

export interface BatchProjectorMetrics {
  /** @param now milliseconds since the epoch */
  projected(batch: LogBatch, now: number): void;
  setAside(letters: number): void;
}

const BATCH_SIZE = 1_000;

/**
 * Takes records of one partition into a view: decode → project, step by step, each in one transaction.
 *
 * What passes by itself (Postgres or the registry away) is waited for, with the records in hand. What never will
 * (undecodable bytes, an event that the view cannot take) is set aside, and so are the later events of its book, in their
 * order; all other books go on.
 */
export class BatchProjector<E extends AnyEvent> {
  private readonly batchSize: number;

  constructor(private readonly options: BatchProjectorOptions<E>) {
    this.batchSize = options.batchSize ?? BATCH_SIZE;
  }

  /**
   * Takes the batch.
   * @param state where the partition stands; `batch` begins there
   * @returns where it stands afterwards
   * @throws {FencedError} when it stands elsewhere
   */
  async apply(batch: LogBatch, state: PartitionState, context: BatchContext): Promise<PartitionState> {
    const size = this.batchSize;
    let reached = state;
    for (let at = 0; at === 0 || at < batch.records.length; at += size) {
      if (at > 0) await context.heartbeat();
      reached = await this.take(part(batch, at, at + size), reached, context);
    }
    return reached;
  }

  private async take(batch: LogBatch, state: PartitionState, context: BatchContext): Promise<PartitionState> {
    const records = this.wanted(batch.records);
    await learnSchemas(this.options.decoder, records, context, this.options.logger);
    const sorted = triage(records, state.blocked, this.options);
    const dead = sorted.letters.find(({ status }) => status === 'dead');
    // By itself: whether it is dead, or only parked, can still depend on what is before it.
    if (dead && batch.records.length > 1) return this.around(dead, batch, state, context);
    if (!this.options.ignoreUndecodable) await this.show(sorted.letters);
    try {
      const reached = await this.store(batch, sorted, state, context);
      this.options.metrics?.projected(batch, Date.now());
      return reached;
    } catch (error) {
      if (!isPoison(error) || sorted.events.length === 0) throw error;
      if (batch.records.length > 1) return this.oneByOne(batch, state, context);
      const [record] = records as [LogRecord];
      const letters = [deadLetter(record, error as Error, record.key?.toString() ?? null)];
      await this.show(letters);
      return this.store(batch, { events: [], letters }, state, context);
    }
  }

  /** Takes what is before a dead record, then that one, then the rest. */
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
      if (from < to) reached = await this.take(part(batch, from, to), reached, context);
      await context.heartbeat();
    }
    return reached;
  }

  /** Finds out which event of a batch the view cannot take, so that only that one and its book are held up. */
  private async oneByOne(
    batch: LogBatch,
    state: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    let reached = state;
    for (let at = 0; at < batch.records.length; at += 1) {
      reached = await this.take(part(batch, at, at + 1), reached, context);
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
    { events, letters }: Triaged<E>,
    { epoch, blocked }: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    await this.project({ partition, fromOffset, nextOffset, epoch, events, letters }, context);
    if (letters.length === 0) return { offset: nextOffset, epoch, blocked };
    this.options.metrics?.setAside(letters.length);
    const books = letters.map(({ bookId }) => bookId).filter((bookId) => bookId !== null);
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

  /** Before they are stored: whoever dies in between shows them twice, and nobody never. */
  private async show(letters: readonly SetAsideRecord[]): Promise<void> {
    const { topic, deadLetters, logger } = this.options;
    if (letters.length === 0 || !deadLetters) return;
    const dead = letters.filter(({ status }) => status === 'dead');
    if (dead.length === 0) return;
    const burials = dead.map(({ record, reason }) => ({ record, reason: reason ?? '' }));
    await deadLetters.keep(topic, burials);
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
