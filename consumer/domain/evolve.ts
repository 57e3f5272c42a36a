import { isOpen, type Book, type Reservation } from './book';
import type { Change } from './decide';

/**
 * Applies changes to the book.
 *
 * It mutates the book: the caller owns it, and copying a queue of hundreds for every event would cost more than all the
 * rest. After a failure the caller discards the book and loads it again.
 */
export function evolve(book: Book, changes: readonly Change[]): void {
  for (const change of changes) {
    switch (change.kind) {
      case 'catalogued':
        book.entry = change.entry;
        break;
      case 'copy':
        book.copies.set(change.copy.copyId, change.copy);
        break;
      case 'reservation':
        putReservation(book, change.reservation);
        break;
    }
  }
}

/** Puts a reservation among the open or the closed ones. New reservations must be put in the order of their tickets. */
export function putReservation(book: Book, reservation: Reservation): void {
  const { reservationId, userId, status, ticket } = reservation;
  const before = book.open.get(reservationId);
  if (before?.status === 'waiting') {
    book.waiting -= 1;
    book.queue.leave(before);
  }
  if (ticket >= book.nextTicket) book.nextTicket = ticket + 1;
  if (isOpen(status)) {
    // A Map keeps the position of an existing key: the order stays that of the tickets.
    book.open.set(reservationId, reservation);
    book.openOf.set(userId, reservationId);
  } else {
    if (book.open.delete(reservationId)) book.openOf.delete(userId);
    book.closed.set(reservationId, reservation);
  }
  if (status === 'waiting') {
    book.waiting += 1;
    book.queue.enter(reservation, book.open);
  }
}
