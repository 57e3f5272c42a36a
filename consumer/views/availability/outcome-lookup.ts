import type { Position } from '../../../infra/event-log/log';
import { DeadlineError, withDeadline } from '../../../infra/deadline';
import { isTransient } from '../../../infra/postgres/errors';
import { explain, type RefusalCode } from '../../../schemas/refusals';
import type { ProgressWatcher } from '../../projector/progress-watcher';
import type { AvailabilityQueries } from './queries';

export type ResourceName =
  | { readonly kind: 'book' }
  | { readonly kind: 'copy'; readonly copyId: string }
  | { readonly kind: 'reservation'; readonly reservationId: string };

export interface OutcomeQuery {
  readonly position: Position;
  readonly eventId: string;
  readonly bookId: string;
  /** The resource to return when the event took effect. */
  readonly resource: ResourceName;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type WriteResult =
  | { readonly kind: 'applied'; readonly resource: object }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: 'pending' };

/** How long reading the result may take at least, in milliseconds, however late the view held the event. */
const SHORTEST_READ_MS = 500;

/** Waits until the view holds an event, and returns its result: `pending` when the view is away or late. */
export class AvailabilityOutcomeLookup {
  constructor(
    private readonly queries: AvailabilityQueries,
    private readonly watcher: Pick<ProgressWatcher, 'reaches'>,
  ) {}

  async outcomeOf(query: OutcomeQuery): Promise<WriteResult> {
    const { position, timeoutMs, signal } = query;
    const deadline = performance.now() + timeoutMs;
    if (!(await this.watcher.reaches(position, timeoutMs, signal))) return { kind: 'pending' };
    try {
      const left = Math.max(SHORTEST_READ_MS, deadline - performance.now());
      return await withDeadline(left, () => this.read(query));
    } catch (error) {
      if (isTransient(error) || error instanceof DeadlineError) return { kind: 'pending' };
      throw error;
    }
  }

  /** Whether the view has taken in this event by now, whatever it came to. @throws {Error} when Postgres is away */
  async holds(bookId: string, eventId: string): Promise<boolean> {
    return (await this.queries.codeOf(bookId, eventId)) !== undefined;
  }

  private async read({ bookId, eventId, resource }: OutcomeQuery): Promise<WriteResult> {
    const code = await this.queries.codeOf(bookId, eventId);
    if (code) return { kind: 'refused', code, detail: explain(code) };
    const found = code === undefined ? undefined : await this.find(bookId, resource);
    return found ? { kind: 'applied', resource: found } : { kind: 'pending' };
  }

  private find(bookId: string, resource: ResourceName): Promise<object | undefined> {
    switch (resource.kind) {
      case 'book':
        return this.queries.book(bookId);
      case 'copy':
        return this.queries.copy(bookId, resource.copyId);
      case 'reservation':
        return this.queries.reservation(bookId, resource.reservationId);
    }
  }
}
