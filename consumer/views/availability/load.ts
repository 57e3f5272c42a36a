import type { Pool } from 'pg';
import { arrayLiteral } from '../../../infra/postgres/array';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { RefusalCode } from '../../../schemas/refusals';
import {
  unknownBook,
  type Book,
  type Copy,
  type CopyStatus,
  type Reservation,
  type ReservationStatus,
} from '../../domain/book';
import { putReservation } from '../../domain/evolve';
import type { PositionedEvent } from '../../projector/projection';
import { eventKey } from './fold-batch';

type BookRow = [
  bookId: string,
  title: string,
  authors: string[],
  isbn: string | null,
  year: number | null,
  lastTicket: number,
];
type CopyRow = [
  bookId: string,
  copyId: string,
  status: CopyStatus,
  reservationId: string | null,
  userId: string | null,
];
type ReservationRow = [
  bookId: string,
  reservationId: string,
  userId: string,
  status: ReservationStatus,
  copyId: string | null,
  ticket: number,
  pickupBy: number | null,
  reservedAt: number,
  rejection: RefusalCode | null,
  suspended: boolean,
  readySince: number | null,
];

interface Loaded {
  readonly books: BookRow[] | null;
  readonly copies: CopyRow[] | null;
  readonly open: ReservationRow[] | null;
  readonly named: ReservationRow[] | null;
  /** Of books that are not catalogued: all of their reservations were rejected. */
  readonly tickets: [bookId: string, last: number][] | null;
  readonly seen: [eventId: string, bookId: string][] | null;
}

const RESERVATION = `json_build_array(r.book_id, r.reservation_id, r.user_id, r.status, r.copy_id, r.ticket,
  round(extract(epoch FROM r.pickup_by) * 1000)::bigint, round(extract(epoch FROM r.reserved_at) * 1000)::bigint, r.rejection, r.suspended,
  round(extract(epoch FROM r.ready_since) * 1000)::bigint)`;

/** One round trip for all that a batch needs. Subqueries over an empty array cost next to nothing. */
const LOAD = `SELECT
  (SELECT json_agg(json_build_array(b.book_id, b.title, b.authors, b.isbn, b.year, b.last_ticket))
     FROM books b WHERE b.book_id = ANY($1::text[])) AS books,
  (SELECT json_agg(json_build_array(c.book_id, c.copy_id, c.status, c.reservation_id, c.user_id) ORDER BY c.copy_id)
     FROM copies c WHERE c.book_id = ANY($1::text[])) AS copies,
  (SELECT json_agg(${RESERVATION} ORDER BY r.ticket)
     FROM reservations r WHERE r.book_id = ANY($1::text[]) AND r.status IN ('waiting', 'ready')) AS open,
  (SELECT json_agg(json_build_array(t.book_id, t.last)) FROM (
     SELECT k.book_id, (SELECT max(r.ticket) FROM reservations r WHERE r.book_id = k.book_id) AS last
       FROM unnest($1::text[]) AS k(book_id) WHERE NOT EXISTS (SELECT FROM books b WHERE b.book_id = k.book_id)) t
     WHERE t.last IS NOT NULL) AS tickets,
  (SELECT json_agg(${RESERVATION}) FROM unnest($2::text[], $3::uuid[]) AS k(book_id, reservation_id)
     JOIN reservations r ON r.book_id = k.book_id AND r.reservation_id = k.reservation_id
     WHERE r.status NOT IN ('waiting', 'ready')) AS named,
  (SELECT json_agg(json_build_array(h.event_id, h.book_id)) FROM unnest($4::uuid[], $5::text[]) AS k(event_id, book_id)
     JOIN history h ON h.event_id = k.event_id AND h.book_id = k.book_id) AS seen`;

/** What is looked up, and otherwise taken for new. */
export interface LookBack {
  /** Whether the events are in the history already. */
  readonly forEvents: boolean;
  /** Whether the IDs of new reservations are those of closed ones. */
  readonly forIds: boolean;
}

/** Reads what the fold of a batch depends on. */
export class BookLoader {
  /** @param pool its `search_path` is the schema of the view */
  constructor(private readonly pool: Pool) {}

  /**
   * Completes `books` with the books of the events that it lacks, and with the closed reservations that the events name.
   * @returns the keys of the events that are in the history already, as far as that is looked up
   */
  async load(
    events: readonly PositionedEvent<LibraryEvent>[],
    books: Map<string, Book>,
    { forEvents, forIds }: LookBack,
  ): Promise<Set<string>> {
    const missing = [...new Set(events.map(({ event }) => event.bookId))].filter(
      (bookId) => !books.has(bookId),
    );
    const named = reservationsNamed(events, books, { forEvents, forIds });
    const repeatable = forEvents ? events : [];
    if (missing.length + named.length + repeatable.length === 0) return new Set();
    const { rows } = await this.pool.query<Loaded>({
      name: 'availability-load',
      text: LOAD,
      values: [
        arrayLiteral(missing),
        arrayLiteral(named.map(({ bookId }) => bookId)),
        arrayLiteral(named.map(({ reservationId }) => reservationId)),
        arrayLiteral(repeatable.map(({ event }) => event.eventId)),
        arrayLiteral(repeatable.map(({ event }) => event.bookId)),
      ],
    });
    const loaded = rows[0]!;
    for (const bookId of missing) books.set(bookId, unknownBook(bookId));
    fill(books, loaded);
    return new Set((loaded.seen ?? []).map(([eventId, bookId]) => eventKey({ eventId, bookId })));
  }
}

/**
 * The reservations that are not open, as far as it is known, and that events name or, with `forIds`, make. Whoever looks for
 * repeats takes no reservation for new because an event makes it: that event may be a repeat, and the reservation closed long ago.
 */
function reservationsNamed(
  events: readonly PositionedEvent<LibraryEvent>[],
  books: ReadonlyMap<string, Book>,
  { forEvents, forIds }: LookBack,
): { bookId: string; reservationId: string }[] {
  const made = new Set<string>();
  const named: { bookId: string; reservationId: string }[] = [];
  for (const { event } of events) {
    const reservationId = reservationOf(event);
    if (reservationId === undefined) continue;
    if (!forIds && event.type === 'BookReserved') {
      if (!forEvents) made.add(`${reservationId} ${event.bookId}`);
    } else if (made.has(`${reservationId} ${event.bookId}`)) continue;
    else if (!books.get(event.bookId)?.open.has(reservationId))
      named.push({ bookId: event.bookId, reservationId });
  }
  return named;
}

function reservationOf(event: LibraryEvent): string | undefined {
  return 'reservationId' in event ? event.reservationId : undefined;
}

function fill(
  books: ReadonlyMap<string, Book>,
  { books: entries, copies, open, named, tickets }: Loaded,
): void {
  for (const [bookId, title, authors, isbn, year, lastTicket] of entries ?? []) {
    const book = books.get(bookId)!;
    book.entry = { title, authors, isbn, year };
    book.nextTicket = lastTicket + 1;
  }
  for (const [bookId, copyId, status, reservationId, userId] of copies ?? []) {
    const copy: Copy = { copyId, status, reservationId, userId };
    books.get(bookId)!.copies.set(copyId, copy);
  }
  for (const row of open ?? []) putReservation(books.get(row[0])!, toReservation(row));
  for (const [bookId, last] of tickets ?? []) books.get(bookId)!.nextTicket = last + 1;
  for (const row of named ?? []) {
    const reservation = toReservation(row);
    books.get(row[0])!.closed.set(reservation.reservationId, reservation);
  }
}

function toReservation([
  ,
  reservationId,
  userId,
  status,
  copyId,
  ticket,
  pickupBy,
  reservedAt,
  rejection,
  suspended,
  readySince,
]: ReservationRow): Reservation {
  return {
    ...{ reservationId, userId, status, copyId, ticket },
    ...{ pickupBy, readySince, reservedAt, rejection, suspended },
  };
}
