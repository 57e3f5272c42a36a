import type { LibraryEvent } from '../../../schemas/generated/events';
import { isOpen, type Book, type Reservation } from '../../domain/book';
import type { BulkFold, RowSink } from '../../projector/bulk-fold';
import type { PositionedEvent } from '../../projector/projection';
import type { RulesAt } from '../definition';
import { IdTable } from '../id-table';
import { NumberedBooks } from '../numbered-books';
import { foldBatch, type ReservationRow } from './fold-batch';
import { reservationsNamed } from './load';
import { bookRowOf, BOOKS, COPIES, HISTORY, RESERVATIONS } from './tables';

/** Every ID that an event names is looked for: that costs next to nothing here. */
const ALL = { forEvents: true, forIds: true };
const NOTHING_SEEN: ReadonlySet<string> = new Set();

/**
 * The availability view, in bulk. In memory are all books with their copies and open reservations; the IDs of all events; and of
 * closed reservations, whose rows are written when they are closed, the IDs and the readers.
 */
export class AvailabilityBulkFold implements BulkFold<LibraryEvent> {
  private readonly books = new NumberedBooks();
  private readonly events = new IdTable();
  private readonly closed = new IdTable();
  /** The reader of each closed reservation, by its place. */
  private readonly readers: string[] = [];
  private readonly open = new Map<string, ReservationRow>();
  /** The offset of the last event that is in. */
  private last = -1;

  constructor(private readonly rulesAt: RulesAt) {}

  async fold(positioned: readonly PositionedEvent<LibraryEvent>[], sink: RowSink): Promise<void> {
    const events = positioned.filter(({ event }) =>
      this.events.add(this.books.numberOf(event.bookId), event.eventId),
    );
    for (const { bookId, reservationId } of reservationsNamed(events, this.books.byId, ALL))
      this.recall(this.books.byId.get(bookId)!, reservationId);
    const { history, reservations } = foldBatch(
      events,
      this.books.byId,
      NOTHING_SEEN,
      this.rulesAt,
      () => false,
    );
    for (const { event } of events) this.books.byId.get(event.bookId)!.closed.clear();
    const settled = this.settle(reservations);
    this.last = positioned.at(-1)?.position.offset ?? this.last;
    await sink.write(HISTORY, history);
    await sink.write(RESERVATIONS, settled);
  }

  async finish(sink: RowSink): Promise<void> {
    await sink.write(RESERVATIONS, this.open.values());
    await sink.write(BOOKS, this.bookRows());
    await sink.write(COPIES, this.copyRows());
  }

  /** Puts a reservation that was closed before among the closed ones of its book, if there is one of the ID. */
  private recall(book: Book, reservationId: string): void {
    const place = this.closed.placeOf(this.books.numberOf(book.bookId), reservationId);
    if (place >= 0) book.closed.set(reservationId, closedReservation(reservationId, this.readers[place]!));
  }

  /** @returns the rows of reservations that are closed now, and so never change again */
  private settle(reservations: ReadonlyMap<string, ReservationRow>): ReservationRow[] {
    const settled: ReservationRow[] = [];
    for (const [key, row] of reservations) {
      const { reservationId, userId, status } = row.reservation;
      if (isOpen(status)) {
        this.open.set(key, row);
        continue;
      }
      this.open.delete(key);
      this.closed.add(this.books.numberOf(row.bookId), reservationId);
      this.readers.push(userId);
      settled.push(row);
    }
    return settled;
  }

  private *bookRows() {
    for (const book of this.books.byId.values()) yield* bookRowOf([book, this.last]);
  }

  private *copyRows() {
    for (const { bookId, copies } of this.books.byId.values())
      for (const copy of copies.values()) yield { bookId, copy };
  }
}

/** A closed reservation. Events depend on nothing of it but that it is closed, and whose it was. */
function closedReservation(reservationId: string, userId: string): Reservation {
  return {
    ...{ reservationId, userId, status: 'cancelled', copyId: null, ticket: 0, suspended: false },
    ...{ pickupBy: null, readySince: null, reservedAt: 0, rejection: null },
  };
}
