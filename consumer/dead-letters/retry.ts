import { setTimeout as delay } from 'node:timers/promises';
import { FencedError, type BatchContext } from '../../infra/event-log/log';
import { CheckpointHeldError, type PartitionState } from '../projector/checkpoint';
import type { SetAsideRecord } from '../projector/set-aside-record';
import type { OpenView } from '../replay/view';
import type { RetryUnit, StoredDeadLetter, DeadLetterTable } from './dead-letter-table';

export interface RetryOptions {
  readonly letters: Pick<DeadLetterTable, 'recordsOf'>;
  /** The view that could not take them, with what it tells others and what not. */
  readonly view: Pick<OpenView, 'retry'>;
  readonly progress: { stateOf(partition: number): Promise<PartitionState> };
  readonly signal: AbortSignal;
  /** How many letters one transaction takes at most. */
  readonly batchSize?: number;
}

export interface Retried {
  /** How many events have found their way into the view. */
  readonly applied: number;
  /** What still cannot be taken, and holds up the rest; absent: nothing is held up any more. */
  readonly failed?: SetAsideRecord;
}

/** A projector at work moves the partition on between our look at it and our step. It takes a while to come back to it. */
const ATTEMPTS = 200;
const PAUSE_MS = 25;

/**
 * Takes what was set aside of one book into the view, in the order of the stream, up to the first that still cannot be
 * taken. Each batch is one transaction: whoever dies in between leaves the rest where it was, and retries it.
 *
 * The projector may run meanwhile. It sets aside whatever comes of the book until the last letter is in; then it is
 * fenced off, asks where it stands, and finds the book free.
 * @throws {FencedError} when the projector was in the way all the time: nothing is lost, try again
 */
export async function retryDeadLetters(retryUnit: RetryUnit, options: RetryOptions): Promise<Retried> {
  let applied = 0;
  for (let attempt = 1; ;) {
    options.signal.throwIfAborted();
    try {
      const batch = await nextBatch(retryUnit, options);
      if (!batch) return { applied };
      const { released, failed } = await options.view.retry(batch.letters, batch.state, contextOf(options));
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

/** The state first: what is set aside after it was read moves the partition on, and the fence tells. */
async function nextBatch(
  retryUnit: RetryUnit,
  { letters, progress, batchSize = 500 }: RetryOptions,
): Promise<{ readonly state: PartitionState; readonly letters: readonly SetAsideRecord[] } | undefined> {
  const state = await progress.stateOf(retryUnit.partition);
  const kept = await letters.recordsOf(retryUnit, batchSize);
  return kept.length === 0 ? undefined : { state, letters: kept.map(toLetter) };
}

function toLetter({ record, bookId, reason }: StoredDeadLetter): SetAsideRecord {
  return { record, bookId, reason, status: reason === null ? 'parked' : 'dead' };
}

const contextOf = ({ signal }: RetryOptions): BatchContext => ({
  heartbeat: () => Promise.resolve(),
  signal,
});
