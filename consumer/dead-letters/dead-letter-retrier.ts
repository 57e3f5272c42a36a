import type { BatchContext } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { isTransient } from '../../infra/postgres/errors';
import { UndecodableError } from '../../schemas/codec/codec';
import type { AnyEvent } from '../../schemas/event-set';
import { deadLetter, type SetAsideRecord } from '../projector/set-aside-record';
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
  /** How many of the letters are in the view now, from the first on. */
  readonly released: number;
  /** The one that still cannot be taken, and why; absent: all are in. */
  readonly failed?: SetAsideRecord;
}

/**
 * Takes what was set aside into the view, in its order. The partition stays where it is and begins a new epoch, so that
 * a projector that works on it at the same time finds out that a book has changed behind its back.
 */
export class DeadLetterRetrier<E extends AnyEvent> {
  constructor(private readonly options: DeadLetterRetrierOptions<E>) {}

  /**
   * @param letters those of one book and partition, from the oldest on
   * @param state where the partition stands
   * @throws {FencedError} when it stands elsewhere by now: nothing was changed, ask for the state again
   */
  async retry(
    letters: readonly SetAsideRecord[],
    state: PartitionState,
    context: BatchContext,
  ): Promise<RetriedBatch> {
    await learnSchemas(
      this.options.decoder,
      letters.map(({ record }) => record),
      context,
      this.options.logger,
    );
    const { events, failed } = this.decode(letters);
    try {
      await this.store(letters, events, failed, state, context);
      return { released: events.length, ...(failed && { failed }) };
    } catch (error) {
      if (!isPoison(error) || events.length === 0) throw error;
      if (events.length > 1) return this.firstHalf(letters, events.length, state, context);
      const [{ record, bookId }] = letters as [SetAsideRecord];
      const broken = deadLetter(record, error as Error, bookId);
      await this.store(letters, [], broken, state, context);
      return { released: 0, failed: broken };
    }
  }

  /** One of these breaks the view: whichever it is, those before it are taken. */
  private firstHalf(
    letters: readonly SetAsideRecord[],
    length: number,
    state: PartitionState,
    context: BatchContext,
  ): Promise<RetriedBatch> {
    return this.retry(letters.slice(0, Math.floor(length / 2)), state, context);
  }

  private decode(letters: readonly SetAsideRecord[]): {
    events: PositionedEvent<E>[];
    failed?: SetAsideRecord;
  } {
    const events: PositionedEvent<E>[] = [];
    for (const { record, bookId } of letters) {
      try {
        events.push(decodeInPlace(record, this.options));
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        return { events, failed: deadLetter(record, error, bookId) };
      }
    }
    return { events };
  }

  private async store(
    letters: readonly SetAsideRecord[],
    events: readonly PositionedEvent<E>[],
    failed: SetAsideRecord | undefined,
    { offset, epoch }: PartitionState,
    context: BatchContext,
  ): Promise<void> {
    const { projection, logger } = this.options;
    const released = letters.slice(0, events.length).map(({ record }) => record.offset);
    const step: CheckpointAdvance = {
      partition: letters[0]!.record.partition,
      fromOffset: offset,
      nextOffset: offset,
      epoch,
      nextEpoch: epoch + 1,
      letters: failed ? [failed] : [],
      released,
    };
    await retryWhileTransient(
      'projecting',
      () => projection.project({ ...step, events }),
      isTransient,
      context,
      logger,
    );
  }
}
