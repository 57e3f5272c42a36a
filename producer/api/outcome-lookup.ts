import type { Position } from '../../infra/event-log/log';
import type { RefusalCode } from '../../schemas/refusals';
import type { Resource } from '../commands/command';

/** An event that was recorded, and what its sender wants to see of it. */
export interface OutcomeQuery {
  readonly position: Position;
  readonly eventId: string;
  readonly bookId: string;
  readonly resource: Resource;
  /** How long to wait for the view to get there, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** What became of an event. `pending`: the view has not come to it in time. */
export type WriteResult =
  | { readonly kind: 'applied'; readonly resource: object }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: 'pending' };

/** The read side as the write side sees it, for clients that wait (`Prefer: wait`). Writes never depend on it. */
export interface OutcomeLookup {
  outcomeOf(query: OutcomeQuery): Promise<WriteResult>;
}
