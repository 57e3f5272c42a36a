import { v7 } from 'uuid';
import { readCatalogue, readWishes, type CatalogueBook, type Wish } from '../app/demo/data';
import { copiesOf } from '../app/demo/plan';
import type { LibraryEvent } from '../schemas/generated/events';

const START = Date.UTC(2026, 0, 1);
/** One reservation in so many is cancelled, this many reservations later. */
const CANCELLED_ONE_IN = 4;
const CANCELLED_AFTER = 50;
/** How many of the others are open at a time: the queues have the same length, however long the history is. */
const OPEN = 20_000;
/** The number of events in a chunk. */
const CHUNK = 2_000;

let clock = START;
const stamp = () => ({ eventId: v7(), occurredAt: (clock += 1) });

/** A book and its copies, as events. */
export function eventsOfBook(book: CatalogueBook): LibraryEvent[] {
  const { bookId, title, authors, isbn, year } = book;
  const copies = Array.from({ length: copiesOf(book.ratings) }, (_, i) => `${bookId}-${i + 1}`);
  return [
    { type: 'BookCatalogued', ...stamp(), bookId, title, authors, isbn, year },
    ...copies.map((copyId): LibraryEvent => ({ type: 'CopyAdded', ...stamp(), bookId, copyId })),
  ];
}

/**
 * `total` events from the real data, in chunks: the catalogue, up to half of them, then reservations in their real order, each
 * of which is cancelled later. When the wishes are used up they start again with other users.
 */
export async function* history(total: number): AsyncGenerator<LibraryEvent[]> {
  const catalogue = (await readCatalogue()).flatMap(eventsOfBook).slice(0, Math.floor(total / 2));
  const reservations = reservationsOf(await readWishes(() => true));
  for (let done = 0; done < total; done += CHUNK) {
    const size = Math.min(CHUNK, total - done);
    const chunk = catalogue.slice(done, done + size);
    while (chunk.length < size) chunk.push(reservations.next().value);
    yield chunk;
  }
}

function* reservationsOf(wishes: readonly Wish[]): Generator<LibraryEvent, never> {
  const soon: LibraryEvent[] = [];
  const late: LibraryEvent[] = [];
  for (let i = 0; ; i++) {
    const { bookId, userId: name } = wishes[i % wishes.length]!;
    const userId = `${name}-${Math.floor(i / wishes.length)}`;
    const reservationId = v7();
    yield { type: 'BookReserved', ...stamp(), bookId, reservationId, userId };
    const isSoon = i % CANCELLED_ONE_IN === 0;
    const cancelled = { bookId, reservationId, userId, reason: null };
    (isSoon ? soon : late).push({ type: 'ReservationCancelled', ...stamp(), ...cancelled });
    if (soon.length > CANCELLED_AFTER / CANCELLED_ONE_IN) yield soon.shift()!;
    if (late.length > OPEN) yield late.shift()!;
  }
}

/** All events of `history` at once. */
export async function backlog(total: number): Promise<LibraryEvent[]> {
  const events: LibraryEvent[] = [];
  for await (const chunk of history(total)) events.push(...chunk);
  return events;
}

/**
 * `total` events in chunks, repeated after `different` ones: enough for a consumer that only reads them.
 * @param different the number of different events
 */
export async function* repeated(total: number, different: number): AsyncGenerator<LibraryEvent[]> {
  const events = await backlog(Math.min(total, different));
  for (let done = 0; done < total; done += CHUNK) {
    const at = done % events.length;
    yield events.slice(at, at + Math.min(CHUNK, total - done));
  }
}

/** Events of books with one copy and a queue, whose pickup windows expire one after the other. */
export interface Turnover {
  /** The books, their copies, and for each a reservation that is ready. */
  readonly start: readonly LibraryEvent[];
  /**
   * An endless sequence over the books in turn: a new reservation, then the expiry of the ready one. Each pair leads to three
   * outcomes (waitlisted, expired, ready) and two notices: of the expiry, and to the next in the queue.
   */
  readonly pairs: Iterator<readonly [LibraryEvent, LibraryEvent], never>;
}

/** See `Turnover`. */
export const OUTCOMES_PER_PAIR = 3;

/** @param tag makes the books different from those of any other turnover */
export function turnoverOf(books: number, tag: string): Turnover {
  const holders = new Map<string, string>();
  const reserve = (bookId: string): LibraryEvent => {
    const reservationId = v7();
    holders.set(bookId, reservationId);
    return { type: 'BookReserved', ...stamp(), bookId, reservationId, userId: `reader-${reservationId}` };
  };
  const bookIds = Array.from({ length: books }, (_, i) => `${tag}-${i}`);
  const start = bookIds.flatMap((bookId): LibraryEvent[] => [
    { type: 'BookCatalogued', ...stamp(), bookId, title: bookId, authors: [], isbn: null, year: null },
    { type: 'CopyAdded', ...stamp(), bookId, copyId: 'c1' },
    reserve(bookId),
  ]);
  function* pairs(): Generator<readonly [LibraryEvent, LibraryEvent], never> {
    for (let i = 0; ; i++) {
      const bookId = bookIds[i % books]!;
      const reservationId = holders.get(bookId)!;
      yield [
        reserve(bookId),
        { type: 'ReservationExpired', ...stamp(), bookId, reservationId, pickupBy: null, readySince: null },
      ];
    }
  }
  return { start, pairs: pairs() };
}
