import { DeadlineError, withDeadline } from '../../infra/deadline';
import type { Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import type { RefusalCode } from '../../schemas/refusals';
import type { Resource } from '../commands/command';

/** A recorded event, and the resource that the client wants to see once it has been applied. */
export interface OutcomeQuery {
  readonly position: Position;
  readonly eventId: string;
  readonly bookId: string;
  readonly resource: Resource;
  /** How long to wait until the view has reached the position, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborted when the client no longer waits. */
  readonly signal: AbortSignal;
}

/** The outcome of an event. `pending`: the view has not reached it in time. */
export type WriteResult =
  | { readonly kind: 'applied'; readonly resource: object }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: 'pending' };

/** The write side's port to the read side: what became of events. Writes never depend on it. */
export interface OutcomeLookup {
  outcomeOf(query: OutcomeQuery): Promise<WriteResult>;
  /** Whether the view has taken in this event by now, whatever it came to. @throws {Error} when the view is away */
  holds(bookId: string, eventId: string): Promise<boolean>;
}

/** How much longer than agreed a view may take before it is no longer waited for, in milliseconds. */
const GRACE_MS = 250;

/**
 * Asks the view for the outcome of an event. The event is recorded by now, so no failure here may turn the response into
 * an error: the outcome is `pending` then.
 */
export async function awaitResult(
  outcomes: OutcomeLookup,
  query: OutcomeQuery,
  logger: Logger,
): Promise<WriteResult> {
  try {
    return await withDeadline(query.timeoutMs + GRACE_MS, () => outcomes.outcomeOf(query));
  } catch (error) {
    const isLate = error instanceof DeadlineError || query.signal.aborted;
    if (!isLate) logger.warn({ err: error }, 'the view cannot look up the outcome of an event');
    return { kind: 'pending' };
  }
}
