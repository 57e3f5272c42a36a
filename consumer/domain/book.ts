import type { RefusalCode } from '../../schemas/refusals';
import { Queue } from './queue';

/** The states of a reservation. `waiting` and `ready` are open; the others are final. */
export type ReservationStatus = 'waiting' | 'ready' | 'fulfilled' | 'cancelled' | 'expired' | 'rejected';

/** The states of a copy. `reserved`: on the hold shelf, for one reservation. */
export type CopyStatus = 'available' | 'reserved' | 'on-loan' | 'withdrawn';

export interface Reservation {
  readonly reservationId: string;
  readonly userId: string;
  readonly status: ReservationStatus;
  /** The copy set aside (ready) or borrowed (fulfilled); null otherwise. */
  readonly copyId: string | null;
  /** Order of arrival at this book. Grows by one with each reservation and never changes: the queue is sorted by it. */
  readonly ticket: number;
  /** Whether it is passed over when a copy comes free. It keeps its place; only a waiting one can be suspended. */
  readonly suspended: boolean;
  /**
   * End of the pickup window while ready. Null while not ready, and where demand stored it before it knew ends. Milliseconds
   * since the epoch.
   */
  readonly pickupBy: number | null;
  /**
   * Beginning of that window: the time of the event that set a copy aside. Null while not ready, and where it was stored
   * before beginnings were. Milliseconds since the epoch.
   */
  readonly readySince: number | null;
  /** When the reader reserved. Milliseconds since the epoch. */
  readonly reservedAt: number;
  /** Why it was rejected; null unless it was. */
  readonly rejection: RefusalCode | null;
}

export interface Copy {
  readonly copyId: string;
  readonly status: CopyStatus;
  /** The reservation it is set aside for; null unless reserved. */
  readonly reservationId: string | null;
  /** Who it is set aside for or on loan to; null otherwise. */
  readonly userId: string | null;
}

export interface CatalogueEntry {
  readonly title: string;
  readonly authors: readonly string[];
  readonly isbn: string | null;
  readonly year: number | null;
}

/**
 * All that the next event of a book can depend on.
 *
 * Invariants between events:
 * - `open` holds exactly the waiting and ready reservations, in ticket order;
 * - a ready reservation and its reserved copy name each other;
 * - while a copy is available, all waiting reservations are suspended;
 * - `waiting` is the number of waiting reservations, and `queue` is made of them;
 * - `openOf` names the open reservation of each user who has one.
 */
export interface Book {
  readonly bookId: string;
  /** Null until the book is catalogued. */
  entry: CatalogueEntry | null;
  nextTicket: number;
  waiting: number;
  readonly queue: Queue;
  readonly copies: Map<string, Copy>;
  readonly open: Map<string, Reservation>;
  /** The ID of the open reservation of each user who has one: searching a long queue for it would be slow. */
  readonly openOf: Map<string, string>;
  /** Closed reservations that events may still name. The loader of a book puts in those that its next events name. */
  readonly closed: Map<string, Reservation>;
}

export function unknownBook(bookId: string): Book {
  return {
    bookId,
    entry: null,
    nextTicket: 1,
    waiting: 0,
    queue: new Queue(),
    copies: new Map(),
    open: new Map(),
    openOf: new Map(),
    closed: new Map(),
  };
}

export function isOpen(status: ReservationStatus): status is 'waiting' | 'ready' {
  return status === 'waiting' || status === 'ready';
}

/** Counts as shown to readers. `total` leaves out withdrawn copies. */
export interface CopyCounts {
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
  readonly onLoan: number;
}

export function countCopies(copies: Iterable<Copy>): CopyCounts {
  const counts = { total: 0, available: 0, reserved: 0, onLoan: 0 };
  for (const { status } of copies) {
    if (status === 'withdrawn') continue;
    counts.total += 1;
    if (status === 'available') counts.available += 1;
    else if (status === 'reserved') counts.reserved += 1;
    else counts.onLoan += 1;
  }
  return counts;
}
