import type { Position } from '../../infra/event-log/log';
import type { RefusalCode } from '../../schemas/refusals';
import type { Resource } from '../commands/command';

/** An event that was recorded, and the resource that its sender wants in the answer. */
export interface OutcomeQuery {
  readonly position: Position;
  readonly eventId: string;
  readonly bookId: string;
  readonly resource: Resource;
  /** How long to wait for the view to reach the position, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborted when the client no longer waits. */
  readonly signal: AbortSignal;
}

/** What became of an event. `pending`: the view did not reach it in time. */
export type WriteResult =
  | { readonly kind: 'applied'; readonly resource: object }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: 'pending' };

/** The port of the write side to the read side, for clients that wait (`Prefer: wait`). Writes do not depend on it. */
export interface OutcomeLookup {
  outcomeOf(query: OutcomeQuery): Promise<WriteResult>;
}
