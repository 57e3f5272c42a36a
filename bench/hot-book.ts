import { v7 } from 'uuid';
import type { LibraryEvent } from '../schemas/generated/events';

/** The one book of this measurement, and its only copy. */
export const HOT_BOOK = 'hot';
const COPY = 'hot-1';
const START = Date.UTC(2026, 0, 1);

/** A book whose queue keeps its length: the events that make it, and those that come then. */
export interface HotBook {
  readonly setup: readonly LibraryEvent[];
  /** In turn: a new reservation, the return of the copy, and its loan to the head of the queue. */
  readonly turnover: readonly LibraryEvent[];
  /** The IDs of the reservations that wait in the end, in the order of the queue. */
  readonly waiting: readonly string[];
}

/**
 * @param length how many wait
 * @param setup how many events there are before: as many for every length, so that all tables have the same size
 * @param turnover how many events there are then
 */
export function hotBook(length: number, setup: number, turnover: number): HotBook {
  let clock = START;
  const stamp = () => ({ eventId: v7(), occurredAt: (clock += 1), bookId: HOT_BOOK });
  const queue: { reservationId: string; userId: string }[] = [];
  let head = 0;
  const reserve = (): LibraryEvent => {
    const reservationId = v7();
    const userId = `reader-${reservationId}`;
    queue.push({ reservationId, userId });
    return { type: 'BookReserved', ...stamp(), reservationId, userId };
  };
  const turn = (): LibraryEvent[] => [
    reserve(),
    { type: 'CopyReturned', ...stamp(), copyId: COPY },
    { type: 'CopyBorrowed', ...stamp(), copyId: COPY, userId: queue[head++]!.userId },
  ];
  const before: LibraryEvent[] = [
    { type: 'BookCatalogued', ...stamp(), title: 'Hot', authors: ['Anybody'], isbn: null, year: null },
    { type: 'CopyAdded', ...stamp(), copyId: COPY },
    { type: 'CopyBorrowed', ...stamp(), copyId: COPY, userId: 'first' },
    ...Array.from({ length }, reserve),
  ];
  while (before.length < setup) before.push(...turn());
  const then: LibraryEvent[] = [];
  while (then.length < turnover) then.push(...turn());
  return {
    setup: before,
    turnover: then,
    waiting: queue.slice(head).map(({ reservationId }) => reservationId),
  };
}
