import fc from 'fast-check';
import type { LibraryEvent } from '../../schemas/generated/events';
import { unknownBook } from './book';
import { decide } from './decide';
import { evolve } from './evolve';
import { anyEvents, WINDOW } from './streams/testing';

/** A book that is in the catalogue and has a copy, and what happens to it. */
const stream = anyEvents(['b']).map((events) => [
  {
    type: 'BookCatalogued',
    ...{ eventId: 'start-0', occurredAt: 0, bookId: 'b', title: 'T', authors: [], isbn: null, year: null },
  } satisfies LibraryEvent,
  { type: 'CopyAdded', eventId: 'start-1', occurredAt: 0, bookId: 'b', copyId: 'c1' } satisfies LibraryEvent,
  ...events,
]);

interface Step {
  readonly event: LibraryEvent;
  readonly code: string | null;
  /** The states of all reservations after the event, by ID. */
  readonly statuses: ReadonlyMap<string, string>;
}

function stepsOf(events: readonly LibraryEvent[], pickupWindow = WINDOW): Step[] {
  const book = unknownBook('b');
  return events.map((event) => {
    const { code, changes } = decide(book, event, { pickupWindow });
    evolve(book, changes);
    const all = [...book.open.values(), ...book.closed.values()];
    return {
      event,
      code,
      statuses: new Map(all.map(({ reservationId, status }) => [reservationId, status])),
    };
  });
}

/** The code that an expiry must get, by the states before it and by when each reservation became ready. */
function expectedCode(
  event: Extract<LibraryEvent, { type: 'ReservationExpired' }>,
  statuses: ReadonlyMap<string, string>,
  readySince: ReadonlyMap<string, number>,
): string | null {
  const { reservationId } = event;
  const status = statuses.get(reservationId);
  if (status === undefined) return 'unknown-reservation';
  if (status === 'waiting') return 'copy-not-available';
  if (status !== 'ready') return 'already-closed';
  const began = readySince.get(reservationId)!;
  const names = [event.readySince, event.pickupBy === null ? null : event.pickupBy - WINDOW];
  return names.every((named) => named === null || named === began) ? null : 'copy-not-available';
}

test('an expiry ends the window that it names, or any if it names none, and no other', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(stream, (events) => {
      const readySince = new Map<string, number>();
      let before: ReadonlyMap<string, string> = new Map();
      for (const { event, code, statuses } of stepsOf(events)) {
        if (event.type === 'ReservationExpired') {
          expect(code).toBe(expectedCode(event, before, readySince));
          const named = event.readySince !== null || event.pickupBy !== null ? 'named' : 'any';
          const what = `${named} ${before.get(event.reservationId)} ${code}`;
          seen.set(what, (seen.get(what) ?? 0) + 1);
        }
        // Who stays ready with another copy keeps the window: only a change of state begins one.
        for (const [id, status] of statuses)
          if (status === 'ready' && before.get(id) !== 'ready') readySince.set(id, event.occurredAt);
        before = statuses;
      }
    }),
    { numRuns: 300, seed: 1 },
  );
  // The streams are worth it: each case comes up many times.
  const seldom = ['named ready null', 'named ready copy-not-available', 'any ready null'].filter(
    (what) => (seen.get(what) ?? 0) < 20,
  );
  expect(seldom).toEqual([]);
});

test('expiries that name the beginning come to the same with windows of any length', () => {
  const named = stream.map((events) =>
    events.map((event) =>
      event.type === 'ReservationExpired' && event.readySince === null ? { ...event, pickupBy: null } : event,
    ),
  );
  const outcomes = (steps: readonly Step[]) => steps.map(({ code, statuses }) => [code, [...statuses]]);
  fc.assert(
    fc.property(named, fc.nat(), (events, pickupWindow) => {
      expect(outcomes(stepsOf(events, pickupWindow))).toEqual(outcomes(stepsOf(events)));
    }),
    { numRuns: 200 },
  );
});
