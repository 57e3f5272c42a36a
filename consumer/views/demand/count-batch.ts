import { formatPosition } from '../../../infra/event-log/log';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Book } from '../../domain/book';
import { decide } from '../../domain/decide';
import { evolve } from '../../domain/evolve';
import type { PositionedEvent } from '../../projector/projection';
import type { RulesAt } from '../definition';
import { pieceOf, type StatePiece } from './state';

/** Numbers to be added to a book's counts of a day. */
export interface DayCount {
  readonly bookId: string;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  reservations: number;
  cancellations: number;
}

/** An ID that counts once for ever within its book. */
export interface KnownId {
  readonly kind: 'event' | 'reservation';
  readonly id: string;
  readonly bookId: string;
}

/** The result of a batch. */
export interface DemandResult {
  readonly days: ReadonlyMap<string, DayCount>;
  /** Pieces of state that have changed, each in its last state. */
  readonly pieces: ReadonlyMap<string, StatePiece>;
  readonly ids: readonly KnownId[];
}

/**
 * Counts the reservations and cancellations that took effect, by the same fold as every other view.
 *
 * @param books every book that an event names; they are changed
 * @param known keys (`idKey`) of those of `idsOf` the events that were known before
 */
export function countBatch(
  events: readonly PositionedEvent<LibraryEvent>[],
  books: ReadonlyMap<string, Book>,
  known: ReadonlySet<string>,
  rulesAt: RulesAt,
): DemandResult {
  const days = new Map<string, DayCount>();
  const pieces = new Map<string, StatePiece>();
  const ids = new Map<string, KnownId>();
  const isNew = (id: KnownId) => {
    const key = idKey(id);
    if (known.has(key) || ids.has(key)) return false;
    ids.set(key, id);
    return true;
  };
  for (const { event, position } of events) {
    // `every` stops at the first ID that is known: a repeated event does not claim a reservation's ID.
    if (!idsOf(event).every(isNew)) continue;
    const book = books.get(event.bookId);
    if (!book)
      throw new Error(`book ${event.bookId} of the event at ${formatPosition(position)} was not loaded`);
    const { code, changes } = decide(book, event, rulesAt(position));
    evolve(book, changes);
    book.closed.clear();
    for (const change of changes) {
      const piece = pieceOf(book.bookId, change);
      pieces.set(`${piece.kind} ${piece.id} ${piece.bookId}`, piece);
    }
    if (code === null) count(days, event);
  }
  return { days, pieces, ids: [...ids.values()] };
}

/**
 * The IDs that decide whether an event is to be folded: its own, and the one that it gives to a reservation. Another event
 * that gives an ID which is in use has no effect, so it need not be folded.
 */
export function idsOf(event: LibraryEvent): KnownId[] {
  const { bookId, eventId } = event;
  const own: KnownId = { kind: 'event', id: eventId, bookId };
  return event.type === 'BookReserved'
    ? [own, { kind: 'reservation', id: event.reservationId, bookId }]
    : [own];
}

export function idKey({ kind, id, bookId }: KnownId): string {
  return `${kind} ${id} ${bookId}`;
}

function count(days: Map<string, DayCount>, { type, bookId, occurredAt }: LibraryEvent): void {
  if (type !== 'BookReserved' && type !== 'ReservationCancelled') return;
  const day = new Date(occurredAt).toISOString().slice(0, 10);
  const key = `${day} ${bookId}`;
  let counts = days.get(key);
  if (!counts) days.set(key, (counts = { bookId, day, reservations: 0, cancellations: 0 }));
  if (type === 'BookReserved') counts.reservations += 1;
  else counts.cancellations += 1;
}
