import fc from 'fast-check';
import type { LibraryEvent } from '../../schemas/generated/events';
import { formatPosition, type Position } from '../../infra/log/log';
import { foldBatch } from '../views/availability/fold-batch';
import { isOpen, unknownBook, type Book } from './book';
import { decide } from './decide';
import { evolve } from './evolve';
import { waitingInOrder } from './testing';

const RULES = { pickupWindow: 1_000 };

/** Few users, copies and reservations, so that they meet: most of what can happen to a book happens within 60 events. */
const user = fc.constantFrom('ann', 'bob', 'cy', 'dee');
const copyId = fc.constantFrom('c1', 'c2', 'c3');
const reservationId = fc.integer({ min: 0, max: 14 }).map((n) => `r${n}`);

const anyEvent: fc.Arbitrary<LibraryEvent> = fc
  .tuple(
    fc.nat(60),
    fc.integer({ min: 0, max: 1_000_000 }),
    fc.oneof(
      {
        weight: 1,
        arbitrary: fc.constant({ type: 'BookCatalogued', title: 'T', authors: [], isbn: null, year: null }),
      },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('CopyAdded'), copyId }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('CopyWithdrawn'), copyId }) },
      { weight: 8, arbitrary: fc.record({ type: fc.constant('BookReserved'), reservationId, userId: user }) },
      {
        weight: 4,
        arbitrary: fc.record({
          type: fc.constant('ReservationCancelled'),
          reservationId,
          userId: fc.option(user),
          reason: fc.constant(null),
        }),
      },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('ReservationExpired'), reservationId }) },
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constantFrom('ReservationSuspended', 'ReservationResumed'),
          reservationId,
          userId: fc.option(user),
        }),
      },
      { weight: 4, arbitrary: fc.record({ type: fc.constant('CopyBorrowed'), copyId, userId: user }) },
      { weight: 4, arbitrary: fc.record({ type: fc.constant('CopyReturned'), copyId }) },
    ),
  )
  .map(([, occurredAt, fields]) => ({ occurredAt, bookId: 'b', ...fields }) as unknown as LibraryEvent);

/** Half of the streams begin with a book that has a copy, so that not all is refused. */
const stream = fc.tuple(fc.boolean(), fc.array(anyEvent, { maxLength: 80 })).map(([known, events]) => {
  const start = [
    { type: 'BookCatalogued', occurredAt: 0, bookId: 'b', title: 'T', authors: [], isbn: null, year: null },
    { type: 'CopyAdded', occurredAt: 0, bookId: 'b', copyId: 'c1' },
  ] as unknown as LibraryEvent[];
  return [...(known ? start : []), ...events].map((event, i) => ({ ...event, eventId: `e${i}` }));
});

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

const check = (property: fc.IProperty<[LibraryEvent[]]>) => fc.assert(property, { numRuns: 500 });

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

  test('no copy stands free while somebody waits who is not suspended', () => {
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

  test('the queue is in order of arrival, and whoever is served was its head', () => {
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
          before = waitingInOrder(book);
          readyBefore = ready;
        });
      }),
    );
  });

  test('each user has at most one open reservation, and none was granted to somebody with the book on loan', () => {
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

  test('what is closed stays as it is, and a pickup window never moves while the copy stays set aside', () => {
    check(
      fc.property(stream, (events) => {
        const closed = new Map<string, string>();
        const windows = new Map<string, string>();
        foldAll(events, (book) => {
          for (const [id, picture] of closed) expect(JSON.stringify(book.closed.get(id))).toBe(picture);
          for (const [id, reservation] of book.closed) closed.set(id, JSON.stringify(reservation));
          for (const { reservationId: id, copyId: copy, pickupBy } of book.open.values()) {
            const before = windows.get(id)?.split(' ');
            if (before && before[0] === copy) expect(String(pickupBy)).toBe(before[1]);
            if (copy === null) windows.delete(id);
            else windows.set(id, `${copy} ${pickupBy}`);
          }
        });
      }),
    );
  });

  test('the count of those who wait and the split of open and closed are right', () => {
    check(
      fc.property(stream, (events) => {
        foldAll(events, (book) => {
          expect(book.waiting).toBe(waitingInOrder(book).length);
          for (const { status } of book.open.values()) expect(isOpen(status)).toBe(true);
          for (const { status } of book.closed.values()) expect(isOpen(status)).toBe(false);
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
      { numRuns: 300 },
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
