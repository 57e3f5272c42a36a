import { unknownBook } from '../consumer/domain/book';
import { decide } from '../consumer/domain/decide';
import { evolve } from '../consumer/domain/evolve';
import { outcomesOf } from '../consumer/domain/outcomes';
import type { LibraryEvent } from '../schemas/generated/events';
import { backlog, turnoverOf } from './events';

describe('the backlog', () => {
  test('has so many different events, books before their copies and reservations', async () => {
    const events = await backlog(3_000);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3_000);
    const types = new Set(events.map(({ type }) => type));
    expect([...types].sort()).toEqual([
      'BookCatalogued',
      'BookReserved',
      'CopyAdded',
      'ReservationCancelled',
    ]);
    expect(events[0]).toMatchObject({ type: 'BookCatalogued', bookId: '1' });
  });

  test('cancels only what was reserved before, for the user who reserved it', async () => {
    const owners = new Map<string, string>();
    for (const event of await backlog(3_000)) {
      if (event.type === 'BookReserved') owners.set(event.reservationId, event.userId);
      if (event.type === 'ReservationCancelled') expect(owners.get(event.reservationId)).toBe(event.userId);
    }
  });
});

test('in a turnover each pair of events is a place in the queue, a window that ran out, and a copy for the next', () => {
  const { start, pairs } = turnoverOf(2, 'busy');
  const books = new Map(['busy-0', 'busy-1'].map((bookId) => [bookId, unknownBook(bookId)]));
  const outcomeTypes = (events: readonly LibraryEvent[]) =>
    events.flatMap((event) => {
      const book = books.get(event.bookId)!;
      const { changes } = decide(book, event, { pickupWindow: 1_000 });
      evolve(book, changes);
      return outcomesOf(book, event, changes).map(({ type }) => type);
    });
  expect(outcomeTypes(start)).toEqual(['ReservationReady', 'ReservationReady']);
  for (let i = 0; i < 5; i += 1) {
    expect(outcomeTypes(pairs.next().value)).toEqual([
      'ReservationWaitlisted',
      'ReservationClosed',
      'ReservationReady',
    ]);
  }
});
