import { setTimeout as delay } from 'node:timers/promises';
import { FencedError, type BatchContext } from '../../infra/event-log/log';
import { CheckpointHeldError, type PartitionState } from '../projector/checkpoint';
import type { SetAsideRecord } from '../projector/set-aside-record';
import type { RetriedBatch } from './dead-letter-retrier';
import type { DeadLetterTable, RetryUnit, StoredDeadLetter } from './dead-letter-table';

export interface RetryOptions {
  readonly deadLetters: Pick<DeadLetterTable, 'recordsOf'>;
  /** Of the view that set the records aside: see `DeadLetterRetrier`. */
  readonly retrier: {
    retry(
      records: readonly SetAsideRecord[],
      state: PartitionState,
      context: BatchContext,
    ): Promise<RetriedBatch>;
  };
  readonly checkpoints: { stateOf(partition: number): Promise<PartitionState> };
  readonly signal: AbortSignal;
  /** How many records one transaction projects at most. */
  readonly batchSize?: number;
}

export interface Retried {
  /** How many events were projected. */
  readonly applied: number;
  /** The record that still cannot be projected, and blocks the rest; absent: nothing is blocked any more. */
  readonly failed?: SetAsideRecord;
}

/** A projector at work advances the checkpoint between our read of it and our write. It takes a while until it does not. */
const ATTEMPTS = 200;
const PAUSE_MS = 25;

/**
 * Projects what was set aside of one book, in the order of the stream, up to the first record that still cannot be projected.
 * Each batch is one transaction: if the process dies in between, the rest stays set aside, and is retried.
 *
 * The projector may run meanwhile. It parks new events of the book until the last record is released. Then it is fenced off,
 * reads the state again, and finds the book free.
 * @throws {FencedError} when the projector advanced the checkpoint before every attempt: nothing is lost, try again
 */
export async function retryDeadLetters(retryUnit: RetryUnit, options: RetryOptions): Promise<Retried> {
  let applied = 0;
  for (let attempt = 1; ;) {
    options.signal.throwIfAborted();
    try {
      const batch = await nextBatch(retryUnit, options);
      if (!batch) return { applied };
      const { released, failed } = await options.retrier.retry(
        batch.records,
        batch.state,
        contextOf(options),
      );
      applied += released;
      if (failed) return { applied, failed };
      attempt = 1;
    } catch (error) {
      if (!(error instanceof FencedError || error instanceof CheckpointHeldError) || attempt === ATTEMPTS)
        throw error;
      attempt += 1;
      await delay(PAUSE_MS, undefined, { signal: options.signal });
    }
  }
}

/** Reads the state first: a record that is set aside after that advances the checkpoint, and the fence detects it. */
async function nextBatch(
  retryUnit: RetryUnit,
  { deadLetters, checkpoints, batchSize = 500 }: RetryOptions,
): Promise<{ readonly state: PartitionState; readonly records: readonly SetAsideRecord[] } | undefined> {
  const state = await checkpoints.stateOf(retryUnit.partition);
  const stored = await deadLetters.recordsOf(retryUnit, batchSize);
  return stored.length === 0 ? undefined : { state, records: stored.map(toSetAside) };
}

function toSetAside({ record, bookId, reason }: StoredDeadLetter): SetAsideRecord {
  return { record, bookId, reason, status: reason === null ? 'parked' : 'dead' };
}

const contextOf = ({ signal }: RetryOptions): BatchContext => ({
  heartbeat: () => Promise.resolve(),
  signal,
});
