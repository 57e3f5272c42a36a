import { isOpen, unknownBook, type Book } from '../../domain/book';
import type { Change } from '../../domain/decide';
import { evolve } from '../../domain/evolve';

/** A piece of a book's state as it is stored: the last change that made it so. */
export interface StatePiece {
  readonly bookId: string;
  readonly kind: Change['kind'];
  /** Which of its kind; empty where a book has only one. */
  readonly id: string;
  /** Null: no later event depends on it any more. */
  readonly change: Change | null;
}

/** What of a book's state this change makes new. A later change of the same piece takes its place. */
export function pieceOf(bookId: string, change: Change): StatePiece {
  const { kind } = change;
  switch (kind) {
    case 'catalogued':
      return { bookId, kind, id: '', change };
    case 'copy':
      return { bookId, kind, id: change.copy.copyId, change };
    case 'reservation': {
      const { reservationId, status } = change.reservation;
      // That its ID is taken is remembered elsewhere, and that is all that matters of a closed reservation.
      return { bookId, kind, id: reservationId, change: isOpen(status) ? change : null };
    }
  }
}

/** The book that these changes make, in whatever order they were read. */
export function restoreBook(bookId: string, changes: readonly Change[]): Book {
  const book = unknownBook(bookId);
  evolve(
    book,
    [...changes].sort((a, b) => ticketOf(a) - ticketOf(b)),
  );
  return book;
}

/** The queue is in the order of the tickets; where the rest stands does not matter. */
function ticketOf(change: Change): number {
  return change.kind === 'reservation' ? change.reservation.ticket : 0;
}
