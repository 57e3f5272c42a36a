import { readCatalogue, readWishes, type Wish } from '../../app/demo/data';
import { copiesOf } from '../../app/demo/plan';
import type { Operation, Wanted } from '../history';
import type { Random } from '../random';
import type { WriteRequest } from './client';

const BOOKS = 150;
/** How many open reservations are remembered, to be cancelled, suspended or read. */
const REMEMBERED = 2_000;

interface Reservation {
  readonly bookId: string;
  readonly reservationId: string;
  readonly userId: string;
}

/**
 * What readers and staff of a library ask for: real wishes for real books, in their order, with cancellations, loans, returns and
 * changes of the stock in between. The sequence depends on the seed, and on which reservations were accepted.
 */
export class LibraryDay {
  private readonly reservations: Reservation[] = [];
  private next = 0;

  private constructor(
    private readonly copies: ReadonlyMap<string, readonly string[]>,
    private readonly wishes: readonly Wish[],
    private readonly preparation: readonly WriteRequest[],
    private readonly random: Random,
  ) {}

  static async open(random: Random): Promise<LibraryDay> {
    const books = await readCatalogue(BOOKS);
    const copies = new Map(
      books.map(({ bookId, ratings }) => [
        bookId,
        Array.from({ length: copiesOf(ratings) }, (_, i) => `${bookId}-${i + 1}`),
      ]),
    );
    const wishes = await readWishes(({ bookId }) => copies.has(bookId));
    const preparation = books.flatMap(({ bookId, title, authors, year }) => [
      {
        method: 'PUT',
        path: `/v1/books/${bookId}`,
        body: { title, authors, year },
        wanted: want('BookCatalogued', bookId),
      } as const,
      ...copies.get(bookId)!.map((copyId) => stock('PUT', bookId, copyId)),
    ]);
    return new LibraryDay(copies, wishes, preparation, random);
  }

  /** The catalogue and the stock: to be written first, each book's in order. */
  prepare(): readonly WriteRequest[] {
    return this.preparation;
  }

  /** The next request. */
  request(): WriteRequest {
    const what = this.random.below(100);
    if (what < 55) return this.reserve();
    if (what < 70) return this.withReservation(cancel);
    if (what < 76) return this.withReservation(what < 73 ? suspend : resume);
    const { bookId } = this.wish();
    const copyId = this.random.pick(this.copies.get(bookId)!);
    if (what < 86) return lend(bookId, copyId, this.wish().userId);
    if (what < 95) return giveBack(bookId, copyId);
    return stock(what < 97 ? 'DELETE' : 'PUT', bookId, copyId);
  }

  /** Takes note of what was accepted. */
  note({ wanted, attempts }: Operation): void {
    const result = attempts.at(-1)?.result;
    if (wanted.type !== 'BookReserved' || result?.kind !== 'ok') return;
    const { bookId, userId } = wanted;
    const reservation = { bookId, reservationId: result.reservationId!, userId: userId! };
    if (this.reservations.length < REMEMBERED) this.reservations.push(reservation);
    else this.reservations[this.random.below(REMEMBERED)] = reservation;
  }

  /** A reservation that was accepted. */
  known(): Reservation | undefined {
    return this.reservations.length === 0 ? undefined : this.random.pick(this.reservations);
  }

  private reserve(): WriteRequest {
    const { bookId, userId } = this.wish();
    return {
      method: 'POST',
      path: `/v1/books/${bookId}/reservations`,
      body: { userId },
      wanted: want('BookReserved', bookId, { userId }),
    };
  }

  private withReservation(request: (of: Reservation) => WriteRequest): WriteRequest {
    const known = this.known();
    return known ? request(known) : this.reserve();
  }

  private wish(): Wish {
    this.next = (this.next + 1) % this.wishes.length;
    return this.wishes[this.next]!;
  }
}

function want(
  type: Wanted['type'],
  bookId: string,
  known: Partial<Pick<Wanted, 'userId' | 'copyId' | 'reservationId'>> = {},
): Wanted {
  return { type, bookId, userId: null, copyId: null, reservationId: null, ...known };
}

const pathOf = ({ bookId, reservationId }: Reservation) =>
  `/v1/books/${bookId}/reservations/${reservationId}`;

function cancel(reservation: Reservation): WriteRequest {
  const { bookId, reservationId, userId } = reservation;
  return {
    method: 'DELETE',
    path: `${pathOf(reservation)}?userId=${userId}`,
    wanted: want('ReservationCancelled', bookId, { reservationId, userId }),
  };
}

function suspend(reservation: Reservation): WriteRequest {
  const { bookId, reservationId } = reservation;
  return {
    method: 'POST',
    path: `${pathOf(reservation)}/suspension`,
    wanted: want('ReservationSuspended', bookId, { reservationId }),
  };
}

function resume(reservation: Reservation): WriteRequest {
  const { bookId, reservationId } = reservation;
  return {
    method: 'DELETE',
    path: `${pathOf(reservation)}/suspension`,
    wanted: want('ReservationResumed', bookId, { reservationId }),
  };
}

function lend(bookId: string, copyId: string, userId: string): WriteRequest {
  return {
    method: 'POST',
    path: `/v1/books/${bookId}/copies/${copyId}/loans`,
    body: { userId },
    wanted: want('CopyBorrowed', bookId, { copyId, userId }),
  };
}

function giveBack(bookId: string, copyId: string): WriteRequest {
  return {
    method: 'POST',
    path: `/v1/books/${bookId}/copies/${copyId}/returns`,
    wanted: want('CopyReturned', bookId, { copyId }),
  };
}

function stock(method: 'PUT' | 'DELETE', bookId: string, copyId: string): WriteRequest {
  return {
    method,
    path: `/v1/books/${bookId}/copies/${copyId}`,
    wanted: want(method === 'PUT' ? 'CopyAdded' : 'CopyWithdrawn', bookId, { copyId }),
  };
}
