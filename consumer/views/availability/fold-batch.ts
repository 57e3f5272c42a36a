import { formatPosition, type Position } from '../../../infra/event-log/log';
import type { LibraryEvent, Outcome } from '../../../schemas/generated/events';
import type { RefusalCode } from '../../../schemas/refusals';
import type { Book, Copy, Reservation } from '../../domain/book';
import { decide, type Decision } from '../../domain/decide';
import { evolve } from '../../domain/evolve';
import { outcomesOf } from '../../domain/outcomes';
import type { PositionedEvent } from '../../projector/projection';
import type { OutboxEntry, RulesAt } from '../definition';
import { outcomeId } from './outcome-id';

/** An event as it is in the history. */
export interface HistoryRow extends PositionedEvent<LibraryEvent> {
  readonly code: RefusalCode | null;
}

/** A copy as it is after the batch. */
export interface CopyRow {
  readonly bookId: string;
  readonly copy: Copy;
}

/** A reservation as it is after the batch, with the last event that changed it. */
export interface ReservationRow {
  readonly bookId: string;
  readonly reservation: Reservation;
  readonly position: Position;
  readonly updatedAt: number;
  /** Whether it was made in the batch. */
  readonly isNew: boolean;
}

/** The result of a batch: only rows that are new or different, each in its last state. */
export interface BatchResult {
  /** With the offset of the last event that is to be noted with each. */
  readonly books: ReadonlyMap<Book, number>;
  /** Those of the books whose entry in the catalogue is new or different. */
  readonly catalogued: ReadonlySet<Book>;
  readonly copies: ReadonlyMap<string, CopyRow>;
  readonly reservations: ReadonlyMap<string, ReservationRow>;
  readonly history: readonly HistoryRow[];
  /** In the order of their events. */
  readonly outbox: readonly OutboxEntry[];
}

/**
 * Folds events into their books, in order.
 *
 * @param books every book that an event names, with the closed reservations that events name; they are changed. The ID of a reservation
 *   that is not there counts as new
 * @param seen keys (`eventKey`) of events that are in the history already; they are skipped, and so is the repetition of an
 *   event within the batch
 * @param publishes whether the outcomes of the event at a position are to be published
 */
export function foldBatch(
  events: readonly PositionedEvent<LibraryEvent>[],
  books: ReadonlyMap<string, Book>,
  seen: ReadonlySet<string>,
  rulesAt: RulesAt,
  publishes: (position: Position) => boolean = () => true,
): BatchResult {
  const isRepeat = repeatsIn(seen);
  const result = {
    books: new Map<Book, number>(),
    catalogued: new Set<Book>(),
    copies: new Map<string, CopyRow>(),
    reservations: new Map<string, ReservationRow>(),
    history: [] as HistoryRow[],
    outbox: [] as OutboxEntry[],
  };
  for (const positioned of events) {
    const { event, position } = positioned;
    if (isRepeat(event)) continue;
    const book = books.get(event.bookId);
    if (!book)
      throw new Error(`book ${event.bookId} of the event at ${formatPosition(position)} was not loaded`);
    const decision = decide(book, event, rulesAt(position));
    evolve(book, decision.changes);
    const { timestamp } = positioned;
    result.history.push({ position, timestamp, event, code: decision.code });
    collect(result, book, decision, event, position);
    if (publishes(position)) addOutcomes(result.outbox, book, decision, positioned);
  }
  return result;
}

function addOutcomes(
  outbox: OutboxEntry[],
  book: Book,
  { changes }: Decision,
  { event, position: { offset }, traceparent }: PositionedEvent<LibraryEvent>,
): void {
  const outcomes = outcomesOf(book, event, changes);
  for (let seq = 0; seq < outcomes.length; seq += 1) {
    // They are new objects: each gets its ID, instead of a copy that has one.
    const outcome = Object.assign(outcomes[seq]!, { eventId: outcomeId(event.eventId, seq) }) as Outcome;
    outbox.push(traceparent === undefined ? { offset, seq, outcome } : { offset, seq, outcome, traceparent });
  }
}

/**
 * Tells of one event after the other whether it was there before. Hardly any two events of a batch have an ID in common, so that only
 * those that do are compared by book as well.
 * @param seen the keys of events that were there before
 */
function repeatsIn(seen: ReadonlySet<string>): (event: LibraryEvent) => boolean {
  const books = new Map<string, string>();
  const others = new Set<string>();
  return (event) => {
    const { eventId, bookId } = event;
    if (seen.size > 0 && seen.has(eventKey(event))) return true;
    const before = books.get(eventId);
    if (before === undefined) books.set(eventId, bookId);
    else if (before === bookId || others.has(eventKey(event))) return true;
    else others.add(eventKey(event));
    return false;
  };
}

/** The identity of an event: its ID, within its book. */
export function eventKey({ eventId, bookId }: Pick<LibraryEvent, 'eventId' | 'bookId'>): string {
  return `${eventId} ${bookId}`;
}

interface Collected {
  readonly books: Map<Book, number>;
  readonly catalogued: Set<Book>;
  readonly copies: Map<string, CopyRow>;
  readonly reservations: Map<string, ReservationRow>;
}

function collect(
  result: Collected,
  book: Book,
  { changes }: Decision,
  event: LibraryEvent,
  position: Position,
): void {
  const { bookId } = book;
  // The marks of a long queue count as long as no event is later, so that all events of its book have to be noted.
  if (changes.length > 0 || book.queue.isLong) result.books.set(book, position.offset);
  for (const change of changes) {
    if (change.kind === 'copy') {
      result.copies.set(`${change.copy.copyId} ${bookId}`, { bookId, copy: change.copy });
    } else if (change.kind === 'reservation') {
      const { reservation } = change;
      const key = `${reservation.reservationId} ${bookId}`;
      const isNew = result.reservations.get(key)?.isNew ?? event.type === 'BookReserved';
      result.reservations.set(key, { bookId, reservation, position, updatedAt: event.occurredAt, isNew });
    } else {
      result.catalogued.add(book);
    }
  }
}
