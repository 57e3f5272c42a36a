import { createHash } from 'node:crypto';
import { unknownBook, type Book } from '../../consumer/domain/book';
import { decide } from '../../consumer/domain/decide';
import { evolve } from '../../consumer/domain/evolve';
import { outcomesOf } from '../../consumer/domain/outcomes';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { CatalogueBook, Wish } from './data';
import { copiesOf } from './plan';

const DAY = 86_400_000;
/** 18 months, in days. */
const DAYS = 548;
/** How long a copy is held for pickup. */
const PICKUP_WINDOW = 7 * DAY;

type EventOf<T extends LibraryEvent['type']> = Extract<LibraryEvent, { type: T }>;
type Fields = {
  [T in LibraryEvent['type']]: Omit<EventOf<T>, 'eventId' | 'occurredAt'>;
}[LibraryEvent['type']];

/**
 * The demo's data as the events of 18 months, in the order of time, the same in every run: wishes become reservations at the
 * pace of a library with seasons, readers fetch what is ready, most bring it back after some weeks, some lose patience, some
 * let the pickup window pass, some ask twice. What follows from an event is what the rules of the views decide.
 * @param end when the months end, milliseconds since the epoch; nothing happens later
 */
export function eventsOfMonths(
  books: readonly CatalogueBook[],
  wishes: readonly Wish[],
  end: number,
): LibraryEvent[] {
  const start = end - DAYS * DAY;
  const times = timesOf(wishes.length, start);
  const byBook = new Map<string, BookLife>(books.map((book) => [book.bookId, new BookLife(book, start)]));
  for (const [i, wish] of wishes.entries()) byBook.get(wish.bookId)?.wish(wish.userId, times[i]!);
  return [...byBook.values()].flatMap((life) => life.events(end)).sort((a, b) => a.occurredAt - b.occurredAt);
}

/** What happens to one book, by the rules and by what its readers do. */
class BookLife {
  private readonly book: Book;
  private readonly coming: { readonly at: number; readonly fields: Fields }[] = [];

  constructor({ bookId, title, authors, isbn, year, ratings }: CatalogueBook, start: number) {
    this.book = unknownBook(bookId);
    this.plan(start, { type: 'BookCatalogued', bookId, title, authors: [...authors], isbn, year });
    for (let n = 1; n <= copiesOf(ratings); n += 1)
      this.plan(start + n, { type: 'CopyAdded', bookId, copyId: `${bookId}-${n}` });
  }

  wish(userId: string, at: number): void {
    const { bookId } = this.book;
    const reserve = (again: string): Fields => {
      const reservationId = uuidOf(`reservation ${bookId} ${userId} ${again}`);
      return { type: 'BookReserved', bookId, reservationId, userId };
    };
    this.plan(at, reserve(''));
    if (chance(`again ${bookId} ${userId}`) < 0.03) this.plan(at + 60_000, reserve('again'));
  }

  events(end: number): LibraryEvent[] {
    const events: LibraryEvent[] = [];
    for (let next = this.next(); next && next.at <= end; next = this.next()) {
      const eventId = uuidOf(`event ${this.book.bookId} ${events.length}`);
      const event = { ...next.fields, eventId, occurredAt: next.at } as LibraryEvent;
      events.push(event);
      this.follow(event);
    }
    return events;
  }

  /** What readers do because of an event. */
  private follow(event: LibraryEvent): void {
    const { book } = this;
    const { bookId } = book;
    const { changes, code } = decide(book, event, { pickupWindow: PICKUP_WINDOW });
    evolve(book, changes);
    if (code !== null) return;
    if (event.type === 'CopyBorrowed') {
      const { copyId } = event;
      this.plan(event.occurredAt + between(`loan ${event.eventId}`, 9, 32), {
        type: 'CopyReturned',
        bookId,
        copyId,
      });
    }
    for (const outcome of outcomesOf(book, event, changes)) {
      const { reservationId, userId, occurredAt: at } = outcome;
      if (outcome.type === 'ReservationWaitlisted' && event.type === 'BookReserved')
        this.plan(at + between(`patience ${reservationId}`, 25, 240), {
          ...{ type: 'ReservationCancelled', bookId, reservationId, userId, reason: null },
        });
      if (outcome.type !== 'ReservationReady') continue;
      const { copyId, pickupBy } = outcome;
      if (chance(`fetch ${reservationId}`) < 0.04)
        this.plan(pickupBy, { type: 'ReservationExpired', bookId, reservationId, pickupBy, readySince: at });
      else
        this.plan(at + between(`fetch ${reservationId}`, 0.1, 5), {
          type: 'CopyBorrowed',
          bookId,
          copyId,
          userId,
        });
    }
  }

  private plan(at: number, fields: Fields): void {
    this.coming.push({ at: Math.round(at), fields });
  }

  /** What comes next and still makes sense: who has the copy neither loses patience nor lets it pass. */
  private next(): { readonly at: number; readonly fields: Fields } | undefined {
    for (;;) {
      if (this.coming.length === 0) return undefined;
      let first = 0;
      for (let i = 1; i < this.coming.length; i += 1)
        if (this.coming[i]!.at < this.coming[first]!.at) first = i;
      const [next] = this.coming.splice(first, 1);
      const { fields } = next!;
      if (fields.type !== 'ReservationCancelled') return next;
      if (this.book.open.get(fields.reservationId)?.status === 'waiting') return next;
    }
  }
}

/** When `count` wishes come: more in winter than in summer, more from month to month, none in the night. */
function timesOf(count: number, start: number): number[] {
  const weights = Array.from({ length: DAYS }, (_, day) => {
    const date = new Date(start + day * DAY);
    const season = 1 + 0.35 * Math.cos((2 * Math.PI * (date.getUTCMonth() + date.getUTCDate() / 31)) / 12);
    return season * (0.8 + (0.6 * day) / DAYS) * (date.getUTCDay() === 0 ? 0.4 : 1);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let day = 0;
  let before = 0;
  return Array.from({ length: count }, (_, i) => {
    const at = (total * (i + 0.5)) / count;
    while (day < DAYS - 1 && before + weights[day]! < at) before += weights[day++]!;
    const hour = 8 + 13 * Math.min(1, (at - before) / weights[day]!);
    return start + day * DAY + hour * 3_600_000;
  });
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A number from 0 to 1 that is the same in every run. */
const chance = (text: string): number => digestOf(text).readUInt32BE(0) / 2 ** 32;

/** So many days, in milliseconds. */
const between = (text: string, from: number, to: number): number =>
  (from + (to - from) * chance(`length of ${text}`)) * DAY;

function uuidOf(text: string): string {
  const hex = digestOf(text).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
