import fc from 'fast-check';
import type { LibraryEvent } from '../../schemas/generated/events';
import { unknownBook, type Book, type Reservation } from './book';
import { decide } from './decide';
import { evolve, putReservation } from './evolve';
import { anyEvents } from './streams/testing';

const RULES = { pickupWindow: 1_000 };

const inLine = (book: Book) =>
  [...book.open.values()].filter(({ status }) => status === 'waiting').sort((a, b) => a.ticket - b.ticket);

const reservation = (ticket: number, change: Partial<Reservation> = {}): Reservation => ({
  ...{ reservationId: `r${ticket}`, userId: `u${ticket}`, status: 'waiting', copyId: null, ticket },
  ...{ suspended: false, pickupBy: null, readySince: null, reservedAt: 0, rejection: null },
  ...change,
});

test('the head of the queue is the first who waits and is not suspended, after any event', () => {
  fc.assert(
    fc.property(anyEvents(['b'], { minLength: 20 }), (events: LibraryEvent[]) => {
      const book = unknownBook('b');
      for (const event of events) {
        evolve(book, decide(book, event, RULES).changes);
        expect(book.queue.head(book.open)).toBe(inLine(book).find(({ suspended }) => !suspended));
      }
    }),
  );
});

/** What becomes of the reservation with a ticket: it waits, again or for the first time, or not any more. */
const step = fc.record({
  ticket: fc.integer({ min: 1, max: 3_000 }),
  becomes: fc.constantFrom('waiting', 'suspended', 'ready', 'cancelled'),
});

test('places counted from the marks are those counted from the head, whoever leaves and comes back', () => {
  const property = fc.property(
    fc.array(step, { maxLength: 1_500 }),
    fc.integer({ min: 0, max: 2_900 }),
    (steps, first) => {
      const book = unknownBook('b');
      for (let ticket = first; ticket <= 3_000; ticket += 1) putReservation(book, reservation(ticket));
      for (const { ticket, becomes } of steps) {
        const suspended = becomes === 'suspended';
        putReservation(
          book,
          reservation(ticket, { status: suspended ? 'waiting' : (becomes as 'ready'), suspended }),
        );
      }
      const waiting = inLine(book);
      expect(book.queue.head(book.open)).toBe(waiting.find(({ suspended }) => !suspended));
      const marks = book.queue.marks();
      expect(marks === undefined).toBe(waiting.length <= 256);
      if (!marks) return;
      const tickets = waiting.map(({ ticket }) => ticket);
      const counted = tickets.map((ticket) => {
        const mark = marks.tickets.findLastIndex((each) => each <= ticket);
        const from = tickets.findIndex((each) => each >= marks.tickets[mark]!);
        const behind = tickets.indexOf(ticket) - from + 1;
        return { place: marks.places[mark]! + behind, isNear: behind < 300 };
      });
      expect(counted).toEqual(tickets.map((_, i) => ({ place: i + 1, isNear: true })));
    },
  );
  fc.assert(property, { numRuns: 15 });
});

test('a queue that keeps its length keeps its size, however many have passed through it', () => {
  const book = unknownBook('b');
  // The first one stays at the head, so that those who leave are never met there.
  for (let ticket = 1; ticket <= 20_000; ticket += 1) {
    putReservation(book, reservation(ticket));
    if (ticket > 10) putReservation(book, reservation(ticket - 9, { status: 'cancelled' }));
    book.closed.clear();
  }
  expect(JSON.stringify(book.queue).length).toBeLessThan(100_000);
  expect(book.queue.head(book.open)?.ticket).toBe(1);
});
