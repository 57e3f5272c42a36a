import { countCopies, unknownBook, type Book, type Reservation } from './book';
import { decide, type Decision, type Rules } from './decide';
import { evolve } from './evolve';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { RefusalCode } from '../../schemas/refusals';

/** A vocabulary for tests of the fold: a book to which events happen one after the other, a minute apart. */

export const WINDOW = 7 * 86_400_000;
const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const RULES: Rules = { pickupWindow: WINDOW };

type Fields<T extends LibraryEvent['type']> = Omit<
  Extract<LibraryEvent, { type: T }>,
  'type' | 'eventId' | 'occurredAt' | 'bookId'
>;

type PickupWindow = Pick<Reservation, 'pickupBy' | 'readySince'>;

export class Story {
  readonly book: Book = unknownBook('moby-dick');
  private events = 0;
  private last: Decision = { code: null, changes: [] };

  /** A book in the catalogue with these copies. */
  static withCopies(...copyIds: string[]): Story {
    const story = new Story().catalogued();
    for (const copyId of copyIds) story.added(copyId);
    return story;
  }

  /** When the last event happened, milliseconds since the epoch. */
  get now(): number {
    return START + this.events * MINUTE;
  }

  /** The code of the last event: null where it took effect. */
  get code(): RefusalCode | null {
    return this.last.code;
  }

  happens<T extends LibraryEvent['type']>(type: T, fields: Fields<T>, occurredAt?: number): this {
    this.events += 1;
    const event = {
      type,
      eventId: String(this.events),
      bookId: this.book.bookId,
      occurredAt: occurredAt ?? this.now,
      ...fields,
    };
    this.last = decide(this.book, event as unknown as LibraryEvent, RULES);
    evolve(this.book, this.last.changes);
    return this;
  }

  catalogued = () =>
    this.happens('BookCatalogued', {
      title: 'Moby-Dick',
      authors: ['Herman Melville'],
      isbn: null,
      year: 1851,
    });
  added = (copyId: string) => this.happens('CopyAdded', { copyId });
  withdrawn = (copyId: string) => this.happens('CopyWithdrawn', { copyId });
  /** The reservation has the name of its user by default. */
  reserved = (userId: string, reservationId = userId) =>
    this.happens('BookReserved', { reservationId, userId });
  cancelled = (reservationId: string, userId: string | null = null) =>
    this.happens('ReservationCancelled', { reservationId, userId, reason: null });
  suspended = (reservationId: string, userId: string | null = null) =>
    this.happens('ReservationSuspended', { reservationId, userId });
  resumed = (reservationId: string, userId: string | null = null) =>
    this.happens('ReservationResumed', { reservationId, userId });
  /** The window that it names; by default none, which means any. */
  expired = (reservationId: string, { pickupBy = null, readySince = null }: Partial<PickupWindow> = {}) =>
    this.happens('ReservationExpired', { reservationId, pickupBy, readySince });
  borrowed = (copyId: string, userId: string) => this.happens('CopyBorrowed', { copyId, userId });
  returned = (copyId: string) => this.happens('CopyReturned', { copyId });

  reservation(reservationId: string): Reservation | undefined {
    return this.book.open.get(reservationId) ?? this.book.closed.get(reservationId);
  }

  status = (reservationId: string) => this.reservation(reservationId)?.status;
  copy = (copyId: string) => this.book.copies.get(copyId);
  counts = () => countCopies(this.book.copies.values());
  queue = () => waitingInOrder(this.book);
}

export function waitingInOrder(book: Book): string[] {
  return [...book.open.values()]
    .filter(({ status }) => status === 'waiting')
    .map(({ reservationId }) => reservationId);
}
