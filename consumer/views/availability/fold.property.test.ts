import fc from 'fast-check';
import { LIBRARY_EVENTS, type LibraryEvent } from '../../../schemas/generated/events';
import { REFUSAL_CODES } from '../../../schemas/refusals';
import { formatPosition, type Position } from '../../../infra/event-log/log';
import { foldBatch } from './fold-batch';
import { isOpen, unknownBook, type Book } from '../../domain/book';
import { decide } from '../../domain/decide';
import { evolve } from '../../domain/evolve';
import { anyEvents, WINDOW } from '../../domain/streams/testing';
import { waitingInOrder } from '../../domain/testing';

const RULES = { pickupWindow: WINDOW };

/** Why an event can have no effect, as far as a book decides that. */
const CODES = REFUSAL_CODES.filter((code) => code !== 'limit-reached');

/** Most streams begin with a book that has a copy, so that not all is refused. */
const stream = fc
  .tuple(fc.integer({ min: 0, max: 9 }), anyEvents(['b']))
  .map(([chance, events]) => [...(chance > 0 ? START : []), ...events]);

const START = [
  { type: 'BookCatalogued', title: 'T', authors: [], isbn: null, year: null },
  { type: 'CopyAdded', copyId: 'c1' },
].map((fields, i) => ({ eventId: `start-${i}`, occurredAt: 0, bookId: 'b', ...fields }) as LibraryEvent);

/** A picture of the state that can be compared. */
const pictureOf = (book: Book) => ({
  entry: book.entry,
  nextTicket: book.nextTicket,
  waiting: book.waiting,
  copies: [...book.copies.values()].sort((a, b) => (a.copyId < b.copyId ? -1 : 1)),
  open: [...book.open.values()],
  closed: [...book.closed.values()].sort((a, b) => a.ticket - b.ticket),
});

function foldAll(
  events: readonly LibraryEvent[],
  eachStep?: (book: Book, event: LibraryEvent, code: string | null) => void,
): Book {
  const book = unknownBook('b');
  for (const event of events) {
    const decision = decide(book, event, RULES);
    evolve(book, decision.changes);
    eachStep?.(book, event, decision.code);
  }
  return book;
}

const check = (property: fc.IProperty<[LibraryEvent[]]>) => fc.assert(property, { numRuns: 200 });

test('the streams that are tried are worth it: every rule comes into play, many times', () => {
  const count = new Map<string, number>();
  for (const events of fc.sample(stream, { numRuns: 200, seed: 1 })) {
    foldAll(events, (_, { type }, code) => {
      count.set(`${type} ${code}`, (count.get(`${type} ${code}`) ?? 0) + 1);
      if (code !== null) count.set(code, (count.get(code) ?? 0) + 1);
    });
  }
  const types = Object.keys(LIBRARY_EVENTS.schemas);
  const seldom = [...types.map((type) => `${type} null`), ...CODES].filter(
    (what) => (count.get(what) ?? 0) < 20,
  );
  expect(seldom).toEqual([]);
});

describe('whatever happens to a book, after each event', () => {
  test('no copy is promised twice, and none that is not there', () => {
    check(
      fc.property(stream, (events) => {
        foldAll(events, (book) => {
          const ready = [...book.open.values()].filter(({ status }) => status === 'ready');
          const reserved = [...book.copies.values()].filter(({ status }) => status === 'reserved');
          expect(new Set(ready.map((reservation) => reservation.copyId)).size).toBe(ready.length);
          expect(reserved.length).toBe(ready.length);
          for (const reservation of ready) {
            expect(book.copies.get(reservation.copyId!)).toMatchObject({
              status: 'reserved',
              reservationId: reservation.reservationId,
              userId: reservation.userId,
            });
          }
        });
      }),
    );
  });

  test('no copy is available while a reservation waits that is not suspended', () => {
    check(
      fc.property(stream, (events) => {
        foldAll(events, (book) => {
          const free = [...book.copies.values()].some(({ status }) => status === 'available');
          const waits = [...book.open.values()].some((r) => r.status === 'waiting' && !r.suspended);
          expect(free && waits).toBe(false);
        });
      }),
    );
  });

  test('the queue is in order of arrival, and a copy goes to the first reservation that is not suspended', () => {
    check(
      fc.property(stream, (events) => {
        let before: string[] = [];
        let readyBefore = new Set<string>();
        foldAll(events, (book, event) => {
          const tickets = [...book.open.values()].map(({ ticket }) => ticket);
          expect(tickets).toEqual([...tickets].sort((a, b) => a - b));
          const ready = new Set(
            [...book.open.values()].filter(({ status }) => status === 'ready').map((r) => r.reservationId),
          );
          const served = [...ready].filter((id) => !readyBefore.has(id) && before.includes(id));
          const left =
            event.type === 'ReservationCancelled'
              ? before.filter((id) => id !== event.reservationId)
              : before;
          expect(served).toEqual(left.slice(0, served.length));
          before = waitingInOrder(book).filter((id) => !book.open.get(id)!.suspended);
          readyBefore = ready;
        });
      }),
    );
  });

  test('each user has at most one open reservation, and none was granted to a user with the book on loan', () => {
    check(
      fc.property(stream, (events) => {
        foldAll(events, (book, event, code) => {
          const users = [...book.open.values()].map(({ userId }) => userId);
          expect(new Set(users).size).toBe(users.length);
          if (event.type !== 'BookReserved' || code !== null) return;
          const borrowers = [...book.copies.values()]
            .filter(({ status }) => status === 'on-loan')
            .map(({ userId }) => userId);
          expect(borrowers).not.toContain(event.userId);
        });
      }),
    );
  });

  test('what is closed stays as it is, and a pickup window never moves while a reservation is ready', () => {
    check(
      fc.property(stream, (events) => {
        const closed = new Map<string, string>();
        let windows = new Map<string, number>();
        foldAll(events, (book) => {
          const changed = [...closed].filter(
            ([id, picture]) => JSON.stringify(book.closed.get(id)) !== picture,
          );
          expect(changed).toEqual([]);
          for (const [id, reservation] of book.closed) closed.set(id, JSON.stringify(reservation));
          const ready = [...book.open.values()].filter(({ status }) => status === 'ready');
          for (const { reservationId, pickupBy } of ready)
            expect(pickupBy).toBe(windows.get(reservationId) ?? pickupBy);
          windows = new Map(ready.map(({ reservationId, pickupBy }) => [reservationId, pickupBy!]));
        });
      }),
    );
  });

  test('the count of those who wait and the split of open and closed are right', () => {
    check(
      fc.property(stream, (events) => {
        foldAll(events, (book) => {
          expect(book.waiting).toBe(waitingInOrder(book).length);
          expect([...book.open.values()].every(({ status }) => isOpen(status))).toBe(true);
          expect(book.openOf).toEqual(
            new Map([...book.open.values()].map(({ userId, reservationId }) => [userId, reservationId])),
          );
          expect([...book.closed.values()].some(({ status }) => isOpen(status))).toBe(false);
        });
      }),
    );
  });

  test('an event with a code changed nothing but for the rejected reservation that it records', () => {
    check(
      fc.property(stream, (events) => {
        let before = pictureOf(unknownBook('b'));
        foldAll(events, (book, event, code) => {
          const after = pictureOf(book);
          if (code !== null) {
            const rejected = after.closed.filter(
              (r) =>
                r.status === 'rejected' && !before.closed.some((b) => b.reservationId === r.reservationId),
            );
            expect(rejected.length).toBeLessThanOrEqual(event.type === 'BookReserved' ? 1 : 0);
            const expected = {
              ...before,
              nextTicket: after.nextTicket,
              closed: [...before.closed, ...rejected],
            };
            expect(after).toEqual(expected);
          }
          before = after;
        });
      }),
    );
  });
});

describe('a replay', () => {
  const positioned = (events: readonly LibraryEvent[]) =>
    events.map((event, offset) => ({
      event,
      position: { partition: 0, offset } satisfies Position,
      timestamp: event.occurredAt,
    }));

  test('gives the same, in batches of any size and with any event repeated at any later place', () => {
    const repeats = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 10 });
    const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(stream, repeats, cuts, (events, again, sizes) => {
        const withRepeats = [...events];
        for (const [which, where] of again) {
          if (events.length === 0) continue;
          const repeated = events[which % events.length]!;
          const first = withRepeats.indexOf(repeated);
          withRepeats.splice(first + 1 + (where % (withRepeats.length - first)), 0, repeated);
        }
        const live = unknownBook('b');
        const books = new Map([['b', live]]);
        const seen = new Set<string>();
        const history: string[] = [];
        const rest = positioned(withRepeats);
        for (let i = 0; rest.length > 0; i += 1) {
          const result = foldBatch(rest.splice(0, sizes[i % sizes.length]!), books, seen, () => RULES);
          for (const { event } of result.history) {
            seen.add(`${event.eventId} ${event.bookId}`);
            history.push(event.eventId);
          }
        }
        expect(history).toEqual(events.map(({ eventId }) => eventId));
        expect(pictureOf(live)).toEqual(pictureOf(foldAll(events)));
      }),
      { numRuns: 200 },
    );
  });

  test('of a batch writes each row in its last state, with the event that changed it last', () => {
    check(
      fc.property(stream, (events) => {
        const book = unknownBook('b');
        const result = foldBatch(positioned(events), new Map([['b', book]]), new Set(), () => RULES);
        const all = new Map([...book.open, ...book.closed]);
        expect([...result.reservations.values()].map(({ reservation }) => reservation)).toHaveLength(
          all.size,
        );
        const lastChange = new Map<string, string>();
        const step = unknownBook('b');
        for (const { event, position } of positioned(events)) {
          const { changes } = decide(step, event, RULES);
          evolve(step, changes);
          for (const change of changes) {
            if (change.kind === 'reservation')
              lastChange.set(change.reservation.reservationId, formatPosition(position));
          }
        }
        for (const { reservation, position } of result.reservations.values()) {
          expect(reservation).toEqual(all.get(reservation.reservationId));
          expect(formatPosition(position)).toBe(lastChange.get(reservation.reservationId));
        }
      }),
    );
  });
});
