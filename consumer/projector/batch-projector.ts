import {
  FencedError,
  formatPosition,
  headerOf,
  type BatchContext,
  type LogBatch,
  type LogRecord,
} from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import type { Tracing } from '../../infra/tracing/tracing';
import { isTransient } from '../../infra/postgres/errors';
import { TRACEPARENT, traceField, traceparentIn } from '../../infra/trace-context';
import type { AnyEvent } from '../../schemas/event-set';
import type { DeadLetterSink } from './dead-letter-sink';
import { deadRecord, type SetAsideRecord } from './set-aside-record';
import { isPoison } from './poison';
import type { PartitionState } from './checkpoint';
import type { Projection, ProjectionBatch } from './projection';
import { batchSpan } from './traced-batch';
import { retryWhileTransient } from './transient-retry';
import { blockedBookOf, learnSchemas, triage, type Triaged, type TriageOptions } from './triage';

export interface BatchProjectorOptions<E extends AnyEvent> extends TriageOptions<E> {
  readonly topic: string;
  readonly projection: Projection<E>;
  /** Where dead letters are published; absent: nowhere, since they have been published before. */
  readonly deadLetters?: DeadLetterSink | undefined;
  /** Whether another consumer of the topic publishes the dead letters of records that cannot be decoded. */
  readonly ignoreUndecodable?: boolean;
  /** Records that were discarded, by position (`formatPosition`): they are skipped. */
  readonly discarded?: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics?: BatchProjectorMetrics;
  /** Absent: batches are no spans. */
  readonly tracing?: Tracing | undefined;
  /** How many records one transaction projects at most. */
  readonly batchSize?: number;
  /** How large their keys and values are together at most, in bytes; a single record may be larger. */
  readonly batchBytes?: number;
}

export interface BatchProjectorMetrics {
  /** The records of a batch are about to be projected. */
  taken(batch: LogBatch): void;
  /** @param now milliseconds since the epoch */
  projected(batch: LogBatch, now: number): void;
  setAside(records: number): void;
  /** A step failed for the time being, and is tried again. */
  retried(): void;
}

/** What a transaction costs by itself is little beside so many events, and a partition is held up by it for a moment only. */
const BATCH_SIZE = 2_000;
/** What is in work takes some ten times the room of the bytes it was read from, for each partition in work. */
const BATCH_BYTES = 1_048_576;

/**
 * Projects records of one partition into a view: decode → project, in parts of a batch, each in one transaction.
 *
 * Transient errors (Postgres or the registry away) are retried, with the records in memory. A record that fails for good
 * (undecodable bytes, an event that the view cannot store) is set aside, and so are the later events of its book, in their
 * order; all other books go on.
 */
export class BatchProjector<E extends AnyEvent> {
  private readonly batchSize: number;
  private readonly batchBytes: number;

  constructor(private readonly options: BatchProjectorOptions<E>) {
    this.batchSize = options.batchSize ?? BATCH_SIZE;
    this.batchBytes = options.batchBytes ?? BATCH_BYTES;
  }

  /**
   * Projects the batch.
   * @param state where the partition stands; `batch` begins there
   * @returns where it stands afterwards
   * @throws {FencedError} when it stands elsewhere by now; nothing more was stored then
   */
  async apply(batch: LogBatch, state: PartitionState, context: BatchContext): Promise<PartitionState> {
    let reached = state;
    let at = 0;
    do {
      if (at > 0) await context.heartbeat();
      const end = this.endOfPart(batch.records, at);
      reached = await this.projectPart(part(batch, at, end), reached, context);
      at = end;
    } while (at < batch.records.length);
    return reached;
  }

  /** Up to where one transaction goes that begins with the record at this index. */
  private endOfPart(records: readonly LogRecord[], from: number): number {
    let bytes = 0;
    for (let at = from; at < records.length; at += 1) {
      const { key, value } = records[at]!;
      bytes += (key?.length ?? 0) + (value?.length ?? 0);
      if (at > from && (at - from >= this.batchSize || bytes > this.batchBytes)) return at;
    }
    return records.length;
  }

  private async projectPart(
    batch: LogBatch,
    state: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    const { metrics } = this.options;
    metrics?.taken(batch);
    const records = this.wanted(batch.records);
    const open = records.filter((record) => blockedBookOf(record, state.blocked) === undefined);
    const onRetry = () => metrics?.retried();
    await learnSchemas(this.options.decoder, open, context, this.options.logger, onRetry);
    const sorted = triage(records, state.blocked, this.options);
    const rest = records[sorted.length];
    if (rest) return this.inTwo(batch, batch.records.indexOf(rest), state, context);
    if (!this.options.ignoreUndecodable) await this.publish(sorted.setAside);
    try {
      const reached = await this.store(batch, sorted, state, context);
      metrics?.projected(batch, Date.now());
      return reached;
    } catch (error) {
      if (!isPoison(error) || sorted.events.length === 0) throw error;
      const { length } = batch.records;
      // So that only the event that the view cannot store, and its book, are blocked.
      if (length > 1) return this.inTwo(batch, Math.ceil(length / 2), state, context);
      const [record] = records as [LogRecord];
      const book = record.key?.toString() ?? null;
      const setAside = [deadRecord(record, error as Error, book, this.options.forgotten)];
      await this.publish(setAside);
      return this.store(batch, { events: [], setAside }, state, context);
    }
  }

  /** Projects the records before the one at this index, then the others. */
  private async inTwo(
    batch: LogBatch,
    at: number,
    state: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    const between = await this.projectPart(part(batch, 0, at), state, context);
    await context.heartbeat();
    return this.projectPart(part(batch, at, batch.records.length), between, context);
  }

  private wanted(records: readonly LogRecord[]): readonly LogRecord[] {
    const { discarded } = this.options;
    if (!discarded?.size) return records;
    return records.filter((record) => !discarded.has(formatPosition(record)));
  }

  private async store(
    { partition, fromOffset, nextOffset }: LogBatch,
    { events, setAside }: Pick<Triaged<E>, 'events' | 'setAside'>,
    { epoch, blocked }: PartitionState,
    context: BatchContext,
  ): Promise<PartitionState> {
    await this.project({ partition, fromOffset, nextOffset, epoch, events, setAside }, context);
    if (setAside.length === 0) return { offset: nextOffset, epoch, blocked };
    this.options.metrics?.setAside(setAside.length);
    const books = setAside.flatMap(({ bookId }) => (bookId === null || blocked.has(bookId) ? [] : [bookId]));
    // With many books held up, it is copied for new ones only.
    return {
      offset: nextOffset,
      epoch,
      blocked: books.length === 0 ? blocked : new Set([...blocked, ...books]),
    };
  }

  private async project(batch: ProjectionBatch<E>, context: BatchContext): Promise<void> {
    const { projection, logger, metrics } = this.options;
    const project = () => projection.project(batch);
    const { topic, tracing } = this.options;
    const span = tracing && batchSpan(tracing, { topic, consumer: projection.consumer, batch });
    try {
      await retryWhileTransient('projecting', project, isTransient, context, logger, () =>
        metrics?.retried(),
      );
      span?.end();
    } catch (error) {
      span?.end({}, error);
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
      const trace = traceField(traceparentIn(headerOf(record, TRACEPARENT)));
      const position = formatPosition(record);
      logger.error({ position, bookId, reason, ...trace }, 'record set aside as a dead letter');
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
