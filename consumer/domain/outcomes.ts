import type { LibraryEvent, Outcome } from '../../schemas/generated/events';
import type { Book, Reservation } from './book';
import type { Change } from './decide';

type WithoutId<T> = T extends unknown ? Omit<T, 'eventId'> : never;

/** An outcome before it has its ID. */
export type OutcomeFields = WithoutId<Outcome>;

/**
 * The outcomes to be published of the changes that an event made: one for each reservation that changed, in the order of the
 * changes.
 * @param book as it is after the changes
 */
export function outcomesOf(book: Book, event: LibraryEvent, changes: readonly Change[]): OutcomeFields[] {
  const outcomes: OutcomeFields[] = [];
  for (const change of changes) {
    if (change.kind === 'reservation') outcomes.push(outcomeOf(book, event, change.reservation));
  }
  return outcomes;
}

function outcomeOf(book: Book, event: LibraryEvent, reservation: Reservation): OutcomeFields {
  const { reservationId, userId, status, copyId, pickupBy, rejection } = reservation;
  const common = { occurredAt: event.occurredAt, bookId: book.bookId, reservationId, userId };
  switch (status) {
    case 'ready':
      return { type: 'ReservationReady', ...common, copyId: copyId!, pickupBy: pickupBy! };
    case 'waiting':
      return { type: 'ReservationWaitlisted', ...common, queuePosition: queuePosition(book, reservation) };
    case 'fulfilled':
      return { type: 'ReservationFulfilled', ...common, copyId: copyId! };
    case 'rejected':
      return { type: 'ReservationRejected', ...common, code: rejection! };
    case 'cancelled':
    case 'expired':
      return { type: 'ReservationClosed', ...common, status, reason: reasonOf(event) };
  }
}

/** Most reservations join the queue at its end, and then the queue need not be counted. */
function queuePosition(book: Book, { ticket }: Reservation): number {
  if (ticket === book.nextTicket - 1) return book.waiting;
  let position = 0;
  for (const other of book.open.values()) {
    if (other.status === 'waiting' && other.ticket <= ticket) position += 1;
  }
  return position;
}

function reasonOf(event: LibraryEvent): string | null {
  return event.type === 'ReservationCancelled' ? event.reason : null;
}
