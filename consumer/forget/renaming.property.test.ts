import fc from 'fast-check';
import type { LibraryEvent } from '../../schemas/generated/events';
import { unknownBook, type Book } from '../domain/book';
import { anyEvents, WINDOW } from '../domain/streams/testing';
import type { PositionedEvent } from '../projector/projection';
import { foldBatch } from '../views/availability/fold-batch';

const BOOKS = ['a', 'b', 'c'];

function fold(events: readonly PositionedEvent<LibraryEvent>[]) {
  const books = new Map<string, Book>(BOOKS.map((bookId) => [bookId, unknownBook(bookId)]));
  const result = foldBatch(events, books, new Set(), () => ({ pickupWindow: WINDOW }));
  return { ...result, state: books };
}

const nameOf = (bookId: string) => `forgotten~${bookId}`;

/** Everything that a value holds, with another name in place of a user, by the book that it is of. */
function renamed<T>(value: T, userId: string, bookId: string): T {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) =>
      key === 'userId' && each === userId ? nameOf(bookId) : each,
    ),
  ) as T;
}

test('a fold of events with another name comes to the same as a fold of the events, renamed afterwards', () => {
  const property = fc.property(
    anyEvents(BOOKS, { minLength: 20, maxLength: 120 }),
    fc.nat(),
    (events, pick) => {
      const users = [
        ...new Set(events.flatMap((event) => ('userId' in event && event.userId ? [event.userId] : []))),
      ];
      fc.pre(users.length > 0);
      const user = users[pick % users.length]!;
      const positioned = events.map((event, offset) => ({
        position: { partition: 0, offset },
        timestamp: 0,
        event,
      }));
      const before = fold(positioned);
      const after = fold(
        positioned.map((each) => ({ ...each, event: renamed(each.event, user, each.event.bookId) })),
      );
      const rows = ({ history, reservations, copies, outbox }: typeof before, rename: boolean) => {
        const all = [
          ...history.map((row) => [row.event.bookId, row] as const),
          ...[...reservations.values()].map((row) => [row.bookId, row] as const),
          ...[...copies.values()].map((row) => [row.bookId, row] as const),
          ...outbox.map((entry) => [entry.outcome.bookId, entry] as const),
        ];
        return all.map(([bookId, row]) => renamed(row, rename ? user : '-', bookId));
      };
      expect(rows(after, false)).toEqual(rows(before, true));
      for (const bookId of BOOKS) {
        const [one, other] = [before.state.get(bookId)!, after.state.get(bookId)!];
        expect([other.waiting, other.nextTicket, [...other.open.keys()]]).toEqual([
          one.waiting,
          one.nextTicket,
          [...one.open.keys()],
        ]);
      }
    },
  );
  fc.assert(property, { numRuns: 200 });
});
