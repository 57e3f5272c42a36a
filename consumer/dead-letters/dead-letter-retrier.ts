import type { BatchContext } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { isTransient } from '../../infra/postgres/errors';
import { UndecodableError } from '../../schemas/codec/codec';
import type { AnyEvent } from '../../schemas/event-set';
import { deadRecord, type SetAsideRecord } from '../projector/set-aside-record';
import { isPoison } from '../projector/poison';
import type { PartitionState } from '../projector/checkpoint';
import type { PositionedEvent, Projection, CheckpointAdvance } from '../projector/projection';
import { retryWhileTransient } from '../projector/transient-retry';
import { decodeInPlace, learnSchemas, type TriageOptions } from '../projector/triage';

export interface DeadLetterRetrierOptions<E extends AnyEvent> extends TriageOptions<E> {
  readonly projection: Projection<E>;
  readonly logger: Logger;
}

export interface RetriedBatch {
  /** How many of the records are projected now, from the first on. */
  readonly released: number;
  /** The record that still cannot be projected, and why; absent: all are. */
  readonly failed?: SetAsideRecord;
}

/**
 * Projects records that were set aside, in their order. The checkpoint's position stays, and a new epoch begins: a projector
 * of the partition is fenced off, and reads the changed book again.
 */
export class DeadLetterRetrier<E extends AnyEvent> {
  constructor(private readonly options: DeadLetterRetrierOptions<E>) {}

  /**
   * @param records those of one book and partition, from the oldest on
   * @param state where the partition stands
   * @throws {FencedError} when it stands elsewhere by now: nothing was changed; read the state again
   */
  async retry(
    records: readonly SetAsideRecord[],
    state: PartitionState,
    context: BatchContext,
  ): Promise<RetriedBatch> {
    await learnSchemas(
      this.options.decoder,
      records.map(({ record }) => record),
      context,
      this.options.logger,
    );
    const { events, failed } = this.decode(records);
    try {
      await this.store(records, events, failed, state, context);
      return { released: events.length, ...(failed && { failed }) };
    } catch (error) {
      if (!isPoison(error) || events.length === 0) throw error;
      if (events.length > 1) return this.firstHalf(records, events.length, state, context);
      const [{ record, bookId }] = records as [SetAsideRecord];
      const broken = deadRecord(record, error as Error, bookId);
      await this.store(records, [], broken, state, context);
      return { released: 0, failed: broken };
    }
  }

  /** The view fails on one of these records. The first half is projected by itself, until those before it are stored. */
  private firstHalf(
    records: readonly SetAsideRecord[],
    length: number,
    state: PartitionState,
    context: BatchContext,
  ): Promise<RetriedBatch> {
    return this.retry(records.slice(0, Math.floor(length / 2)), state, context);
  }

  private decode(records: readonly SetAsideRecord[]): {
    events: PositionedEvent<E>[];
    failed?: SetAsideRecord;
  } {
    const events: PositionedEvent<E>[] = [];
    for (const { record, bookId } of records) {
      try {
        events.push(decodeInPlace(record, this.options));
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        return { events, failed: deadRecord(record, error, bookId) };
      }
    }
    return { events };
  }

  private async store(
    records: readonly SetAsideRecord[],
    events: readonly PositionedEvent<E>[],
    failed: SetAsideRecord | undefined,
    { offset, epoch }: PartitionState,
    context: BatchContext,
  ): Promise<void> {
    const { projection, logger } = this.options;
    const released = records.slice(0, events.length).map(({ record }) => record.offset);
    const advance: CheckpointAdvance = {
      partition: records[0]!.record.partition,
      fromOffset: offset,
      nextOffset: offset,
      epoch,
      nextEpoch: epoch + 1,
      setAside: failed ? [failed] : [],
      released,
    };
    await retryWhileTransient(
      'projecting',
      () => projection.project({ ...advance, events }),
      isTransient,
      context,
      logger,
    );
  }
}
