import { isOpen, unknownBook, type Book, type Reservation } from '../../domain/book';
import type { Change } from '../../domain/decide';
import { evolve } from '../../domain/evolve';

/** A piece of a book's state, stored as the last change of it. */
export interface StatePiece {
  readonly bookId: string;
  readonly kind: Change['kind'];
  /** Which of its kind; empty where a book has only one. */
  readonly id: string;
  /** Null: no later event depends on it any more. */
  readonly change: Change | null;
}

/** A piece of state that later events depend on. */
export type KeptPiece = StatePiece & { readonly change: object };

export function isKept(piece: StatePiece): piece is KeptPiece {
  return piece.change !== null;
}

/** The piece of a book's state that this change replaces. A later change of the same piece replaces it again. */
export function pieceOf(bookId: string, change: Change): StatePiece {
  const { kind } = change;
  switch (kind) {
    case 'catalogued':
      return { bookId, kind, id: '', change };
    case 'copy':
      return { bookId, kind, id: change.copy.copyId, change };
    case 'reservation': {
      const { reservationId, status } = change.reservation;
      // Of a closed reservation only its ID matters, and that it is in use is stored in `demand_ids`.
      return { bookId, kind, id: reservationId, change: isOpen(status) ? change : null };
    }
  }
}

/** The book with these changes, which may be in any order. */
export function restoreBook(bookId: string, changes: readonly Change[]): Book {
  const book = unknownBook(bookId);
  const inOrder = [...changes].sort((a, b) => ticketOf(a) - ticketOf(b));
  evolve(book, inOrder.map(withWindow));
  return book;
}

function withWindow(change: Change): Change {
  if (change.kind !== 'reservation') return change;
  return { kind: 'reservation', reservation: { ...change.reservation, ...windowOf(change.reservation) } };
}

/**
 * The window of a stored reservation. Earlier versions did not know how long windows are, and stored each with a length of 0,
 * which none has (`PICKUP_WINDOW` is never 0); the first ones stored no beginning, which is the same as that end. Its true end is
 * unknown: the setting of today may not be that of its event. So it has none, and an expiry that names an end alone ends it, as
 * it did in those versions.
 */
function windowOf({ pickupBy, readySince }: Reservation): Pick<Reservation, 'pickupBy' | 'readySince'> {
  const began = readySince ?? pickupBy;
  return { readySince: began, pickupBy: pickupBy === began ? null : pickupBy };
}

/** The queue is in the order of the tickets; the order of all else does not matter. */
function ticketOf(change: Change): number {
  return change.kind === 'reservation' ? change.reservation.ticket : 0;
}
