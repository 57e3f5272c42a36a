import { unknownBook, type Book, type Copy, type Reservation } from '../../../consumer/domain/book';
import { decide, type Change } from '../../../consumer/domain/decide';
import { evolve } from '../../../consumer/domain/evolve';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Schemas } from '../api/client';

export type HistoryEntry = Schemas['HistoryEntry'];

/** An event of a book and what it came to. */
export interface Step {
  readonly entry: HistoryEntry;
  /** What was different afterwards. Nothing for an event that was refused. */
  readonly changes: readonly Change[];
  /** How many waited afterwards. */
  readonly waiting: number;
}

/** A book as it was after some of its events. */
export interface Moment {
  readonly title: string | null;
  /** By their IDs, without those that were withdrawn. */
  readonly copies: readonly Copy[];
  /** In the order of the queue. */
  readonly queue: readonly Reservation[];
}

/** The end of a window depends on a setting that the history does not tell: it is not shown, and nothing here depends on it. */
const RULES = { pickupWindow: 0 };

/**
 * What each event of a book came to, by the fold of the platform itself. Whether an event took effect is what the history says.
 * @param entries the history of one book, from its beginning. Where users are masked, somebody unknown stands for each of them
 */
export function replay(entries: readonly HistoryEntry[]): Step[] {
  const book = unknownBook('');
  return entries.map((entry) => ({ entry, changes: apply(book, entry), waiting: book.waiting }));
}

/** The book after the first events of its history. @param count how many of them */
export function momentAfter(entries: readonly HistoryEntry[], count: number): Moment {
  const book = unknownBook('');
  for (const entry of entries.slice(0, count)) apply(book, entry);
  return {
    title: book.entry?.title ?? null,
    copies: [...book.copies.values()]
      .filter(({ status }) => status !== 'withdrawn')
      .sort((a, b) => (a.copyId < b.copyId ? -1 : 1)),
    queue: [...book.open.values()].filter(({ status }) => status === 'waiting'),
  };
}

/**
 * How many events had happened by a time: in the order of the stream, up to the last one that says so.
 * @param time ISO 8601
 */
export function countUntil(entries: readonly HistoryEntry[], time: string): number {
  const until = Date.parse(time);
  return entries.findLastIndex(({ occurredAt }) => Date.parse(occurredAt) <= until) + 1;
}

function apply(book: Book, entry: HistoryEntry): readonly Change[] {
  if (entry.code !== null) return [];
  const { changes } = decide(book, eventOf(book, entry), RULES);
  evolve(book, changes);
  return changes;
}

/** The event, with somebody for whom the history does not name. Nobody asks again whether they may: it took effect. */
function eventOf(book: Book, { type, eventId, occurredAt, data }: HistoryEntry): LibraryEvent {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : null);
  const fields = { ...data, eventId, occurredAt: Date.parse(occurredAt), bookId: '' };
  const userId = text('userId');
  const lent = book.copies.get(text('copyId') ?? '')?.userId;
  switch (type) {
    case 'BookReserved':
      return { ...fields, type, userId: userId ?? `? ${text('reservationId')}` } as never;
    case 'CopyBorrowed':
      return { ...fields, type, userId: userId ?? lent ?? `? ${eventId}` } as never;
    case 'ReservationCancelled':
    case 'ReservationSuspended':
    case 'ReservationResumed':
      return { ...fields, type, userId: null } as never;
    case 'ReservationExpired':
      return { ...fields, type, pickupBy: null, readySince: null } as never;
    default:
      return { ...fields, type } as never;
  }
}

/** Whether the name was made up above, for somebody whom the history does not name. */
export const isMasked = (userId: string): boolean => userId.startsWith('? ');
