import fc from 'fast-check';
import type { LibraryEvent } from '../../../schemas/generated/events';

/** Streams of events for tests of the demand view: few users, copies and reservations, so that they meet. */

const START = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

const userId = fc.constantFrom('ann', 'bob', 'cy', 'dee');
const copyId = fc.constantFrom('c1', 'c2');
const reservationId = fc
  .integer({ min: 0, max: 15 })
  .map((n) => `01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f${n.toString(16).padStart(2, '0')}`);

const fields = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constant({ type: 'BookCatalogued', title: 'T', authors: [], isbn: null, year: null }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('CopyAdded', 'CopyWithdrawn'), copyId }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('BookReserved'), reservationId, userId }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('ReservationCancelled'),
      reservationId,
      userId: fc.option(userId),
      reason: fc.constant(null),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('ReservationExpired'), reservationId }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('ReservationSuspended', 'ReservationResumed'),
      reservationId,
      userId: fc.option(userId),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('CopyBorrowed'), copyId, userId }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('CopyReturned'), copyId }) },
);

/** Events of some books over a week, out of order by their clocks, any of them repeated at any later place. */
export function anyStream(
  bookIds: readonly string[],
  { minLength = 0, maxLength = 80 } = {},
): fc.Arbitrary<LibraryEvent[]> {
  const event = fc
    .tuple(fc.uuid(), fc.integer({ min: 0, max: 7 * DAY_MS }), fc.constantFrom(...bookIds), fields)
    .map(([eventId, after, bookId, own]) => ({ eventId, occurredAt: START + after, bookId, ...own }));
  return fc
    .tuple(
      fc.array(event as unknown as fc.Arbitrary<LibraryEvent>, { minLength, maxLength, size: 'max' }),
      fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }),
    )
    .map(([events, again]) => withRepeats([...bookIds.map(catalogued), ...events], again));
}

function catalogued(bookId: string, n: number): LibraryEvent {
  const eventId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return {
    type: 'BookCatalogued',
    eventId,
    occurredAt: START,
    bookId,
    title: `The book ${bookId}`,
    authors: [],
    isbn: null,
    year: null,
  };
}

function withRepeats(
  events: readonly LibraryEvent[],
  again: readonly (readonly [which: number, where: number])[],
): LibraryEvent[] {
  const stream = [...events];
  for (const [which, where] of again) {
    const repeated = events[which % events.length]!;
    const first = stream.indexOf(repeated);
    stream.splice(first + 1 + (where % (stream.length - first)), 0, repeated);
  }
  return stream;
}
