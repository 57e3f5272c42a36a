import type { LibraryEvent } from '../../schemas/generated/events';
import type { RefusalCode } from '../../schemas/refusals';
import { isOpen, type Book, type CatalogueEntry, type Copy, type Reservation } from './book';

/** One thing that is different afterwards: the new value, whole. */
export type Change =
  | { readonly kind: 'catalogued'; readonly entry: CatalogueEntry }
  | { readonly kind: 'copy'; readonly copy: Copy }
  | { readonly kind: 'reservation'; readonly reservation: Reservation };

/** The effect of an event. With a code it had none, for that reason; then at most a rejected reservation is recorded. */
export interface Decision {
  readonly code: RefusalCode | null;
  readonly changes: readonly Change[];
}

export interface Rules {
  /** How long a copy is held for pickup, in milliseconds. */
  readonly pickupWindow: number;
}

type PickupWindow = Pick<Reservation, 'pickupBy' | 'readySince'>;
type EventOf<T extends LibraryEvent['type']> = Extract<LibraryEvent, { type: T }>;

const NO_WINDOW: PickupWindow = { pickupBy: null, readySince: null };
const refused = (code: RefusalCode): Decision => ({ code, changes: [] });
const took = (...changes: Change[]): Decision => ({ code: null, changes });
const copyChange = (copy: Copy): Change => ({ kind: 'copy', copy });
const reservationChange = (reservation: Reservation): Change => ({ kind: 'reservation', reservation });

/**
 * Decides the effect of an event on its book: a pure function of the book and the event, so that a replay decides the same.
 *
 * Clocks have no influence: events count in stream order. The only time that is read is the event's own, as the start of a
 * pickup window. The first rule that fails gives the code: unknown, owner, closed, the rest.
 */
export function decide(book: Book, event: LibraryEvent, rules: Rules): Decision {
  if (event.type === 'BookCatalogued') return catalogue(event);
  if (event.type === 'BookReserved') return reserve(book, event, rules);
  if (!book.entry) return refused('unknown-book');
  switch (event.type) {
    case 'CopyAdded':
      return addCopy(book, event, rules);
    case 'CopyWithdrawn':
      return withdrawCopy(book, event);
    case 'ReservationCancelled':
      return cancel(book, event, rules);
    case 'ReservationExpired':
      return expire(book, event, rules);
    case 'ReservationSuspended':
      return suspend(book, event, rules);
    case 'ReservationResumed':
      return resume(book, event, rules);
    case 'CopyBorrowed':
      return borrow(book, event);
    case 'CopyReturned':
      return giveBack(book, event, rules);
  }
}

function catalogue({ title, authors, isbn, year }: EventOf<'BookCatalogued'>): Decision {
  return took({ kind: 'catalogued', entry: { title, authors, isbn, year } });
}

function addCopy(book: Book, event: EventOf<'CopyAdded'>, rules: Rules): Decision {
  const { copyId, occurredAt } = event;
  if (copyInStock(book, copyId)) return refused('duplicate-copy');
  return took(...giveToNext(book, copyId, occurredAt, rules));
}

function withdrawCopy(book: Book, { copyId }: EventOf<'CopyWithdrawn'>): Decision {
  const copy = copyInStock(book, copyId);
  if (!copy) return refused('unknown-copy');
  const withdrawn = copyChange({ copyId, status: 'withdrawn', reservationId: null, userId: null });
  const reservation = copy.reservationId === null ? undefined : book.open.get(copy.reservationId);
  if (!reservation) return took(withdrawn);
  const other = firstAvailable(book);
  // It stays ready, and its window does not change: the reader has been notified of its end.
  if (other) return took(withdrawn, ...setAsideFor(reservation, other.copyId, reservation));
  // Its ticket is smaller than those of all that wait behind it: with the same ticket it is at the head again.
  return took(
    withdrawn,
    reservationChange({ ...reservation, status: 'waiting', copyId: null, ...NO_WINDOW }),
  );
}

function reserve(book: Book, event: EventOf<'BookReserved'>, rules: Rules): Decision {
  const { reservationId, userId, occurredAt } = event;
  // Not a repeated event (those are skipped before) but another one with an ID that is in use: the first keeps the ID.
  if (book.open.has(reservationId) || book.closed.has(reservationId)) return refused('already-reserved');
  const reservation: Reservation = {
    reservationId,
    userId,
    status: 'waiting',
    copyId: null,
    suspended: false,
    ticket: book.nextTicket,
    ...NO_WINDOW,
    reservedAt: occurredAt,
    rejection: null,
  };
  const code = whyNotReserve(book, userId);
  if (code) {
    return { code, changes: [reservationChange({ ...reservation, status: 'rejected', rejection: code })] };
  }
  const free = firstAvailable(book);
  return free
    ? took(...setAside(reservation, free.copyId, occurredAt, rules))
    : took(reservationChange(reservation));
}

function whyNotReserve(book: Book, userId: string): RefusalCode | null {
  if (!book.entry) return 'unknown-book';
  if (book.openOf.has(userId)) return 'already-reserved';
  for (const copy of book.copies.values()) {
    if (copy.status === 'on-loan' && copy.userId === userId) return 'already-borrowed';
  }
  return null;
}

/** The open reservation that an event names, or the code why this user (null = staff) may not change it. */
function openReservation(
  book: Book,
  { reservationId, userId }: { readonly reservationId: string; readonly userId: string | null },
): Reservation | RefusalCode {
  const reservation = findReservation(book, reservationId);
  if (!reservation) return 'unknown-reservation';
  if (userId !== null && userId !== reservation.userId) return 'not-owner';
  return isOpen(reservation.status) ? reservation : 'already-closed';
}

function cancel(book: Book, event: EventOf<'ReservationCancelled'>, rules: Rules): Decision {
  const reservation = openReservation(book, event);
  if (typeof reservation === 'string') return refused(reservation);
  return took(...close(book, reservation, 'cancelled', event.occurredAt, rules));
}

function suspend(book: Book, event: EventOf<'ReservationSuspended'>, rules: Rules): Decision {
  const reservation = openReservation(book, event);
  if (typeof reservation === 'string') return refused(reservation);
  if (reservation.suspended) return took();
  const waiting = reservationChange({
    ...reservation,
    status: 'waiting',
    suspended: true,
    copyId: null,
    ...NO_WINDOW,
  });
  if (reservation.copyId === null) return took(waiting);
  return took(waiting, ...giveToNext(book, reservation.copyId, event.occurredAt, rules));
}

function resume(book: Book, event: EventOf<'ReservationResumed'>, rules: Rules): Decision {
  const reservation = openReservation(book, event);
  if (typeof reservation === 'string') return refused(reservation);
  if (!reservation.suspended) return took();
  const resumed = { ...reservation, suspended: false };
  const free = firstAvailable(book);
  return free
    ? took(...setAside(resumed, free.copyId, event.occurredAt, rules))
    : took(reservationChange(resumed));
}

function expire(book: Book, event: EventOf<'ReservationExpired'>, rules: Rules): Decision {
  const reservation = findReservation(book, event.reservationId);
  if (!reservation) return refused('unknown-reservation');
  if (!isOpen(reservation.status)) return refused('already-closed');
  // Its copy was withdrawn before this expiry was projected: it waits again, and has no window that could end.
  if (reservation.status === 'waiting' || !isWindowOf(reservation, event))
    return refused('copy-not-available');
  return took(...close(book, reservation, 'expired', event.occurredAt, rules));
}

/**
 * Whether an expiry is about the window that is open now. Its copy may have been withdrawn and replaced by then, or it may
 * have been suspended and resumed: the expiry was about an earlier window then, and must not end this one.
 *
 * The beginning identifies a window whatever the length of windows is configured to be, so that a replay with another
 * length comes to the same. Expiries that name neither are about any window, and so are those that can be compared with
 * neither.
 */
function isWindowOf(window: PickupWindow, { pickupBy, readySince }: EventOf<'ReservationExpired'>): boolean {
  if (readySince !== null && window.readySince !== null) return readySince === window.readySince;
  return pickupBy === null || window.pickupBy === null || pickupBy === window.pickupBy;
}

function borrow(book: Book, event: EventOf<'CopyBorrowed'>): Decision {
  const { copyId, userId } = event;
  const copy = copyInStock(book, copyId);
  if (!copy) return refused('unknown-copy');
  if (copy.status === 'on-loan') return refused('copy-not-available');
  if (copy.status === 'reserved' && copy.userId !== userId) return refused('copy-set-aside');
  const lent = copyChange({ copyId, status: 'on-loan', reservationId: null, userId });
  const reservation =
    copy.reservationId === null ? waitingReservationOf(book, userId) : book.open.get(copy.reservationId);
  if (!reservation) return took(lent);
  return took(
    lent,
    reservationChange({ ...reservation, status: 'fulfilled', suspended: false, copyId, ...NO_WINDOW }),
  );
}

function giveBack(book: Book, event: EventOf<'CopyReturned'>, rules: Rules): Decision {
  const { copyId, occurredAt } = event;
  const copy = copyInStock(book, copyId);
  if (!copy) return refused('unknown-copy');
  if (copy.status !== 'on-loan') return refused('copy-not-available');
  return took(...giveToNext(book, copyId, occurredAt, rules));
}

function close(
  book: Book,
  reservation: Reservation,
  status: 'cancelled' | 'expired',
  at: number,
  rules: Rules,
): Change[] {
  const closed = reservationChange({
    ...reservation,
    status,
    suspended: false,
    copyId: null,
    ...NO_WINDOW,
  });
  if (reservation.copyId === null) return [closed];
  return [closed, ...giveToNext(book, reservation.copyId, at, rules)];
}

/** A copy is free: it is set aside for the head of the queue, or becomes available. */
function giveToNext(book: Book, copyId: string, at: number, rules: Rules): Change[] {
  // Suspended reservations keep their place and are passed over.
  const next = book.queue.head(book.open);
  if (next) return setAside(next, copyId, at, rules);
  return [copyChange({ copyId, status: 'available', reservationId: null, userId: null })];
}

function setAside(reservation: Reservation, copyId: string, at: number, rules: Rules): Change[] {
  return setAsideFor(reservation, copyId, { pickupBy: at + rules.pickupWindow, readySince: at });
}

function setAsideFor(
  reservation: Reservation,
  copyId: string,
  { pickupBy, readySince }: PickupWindow,
): Change[] {
  const { reservationId, userId } = reservation;
  return [
    copyChange({ copyId, status: 'reserved', reservationId, userId }),
    reservationChange({ ...reservation, status: 'ready', copyId, pickupBy, readySince }),
  ];
}

function copyInStock(book: Book, copyId: string): Copy | undefined {
  const copy = book.copies.get(copyId);
  return copy?.status === 'withdrawn' ? undefined : copy;
}

function findReservation(book: Book, reservationId: string): Reservation | undefined {
  return book.open.get(reservationId) ?? book.closed.get(reservationId);
}

/** The available copy with the smallest ID. Any rule would do, as long as a replay chooses the same. */
function firstAvailable(book: Book): Copy | undefined {
  let first: Copy | undefined;
  for (const copy of book.copies.values()) {
    if (copy.status === 'available' && (!first || copy.copyId < first.copyId)) first = copy;
  }
  return first;
}

function waitingReservationOf(book: Book, userId: string): Reservation | undefined {
  const reservation = book.open.get(book.openOf.get(userId) ?? '');
  return reservation?.status === 'waiting' ? reservation : undefined;
}
