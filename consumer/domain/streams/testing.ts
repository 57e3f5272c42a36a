import fc from 'fast-check';
import type { LibraryEvent } from '../../../schemas/generated/events';

/** For property tests: streams of events in which most of what can happen to a book does happen. */

const START = Date.UTC(2026, 0, 1);
const WEEK_MS = 7 * 86_400_000;

/** How long a pickup window is for those who decide on expiries, in milliseconds. */
export const WINDOW = 1_000;

/** Few users and copies, so that events often concern the same ones. */
const user = fc.constantFrom('ann', 'bob', 'cy', 'dee', 'eve');
const copyId = fc.constantFrom('c1', 'c2', 'c3');

/** By whom a reservation is changed: staff, its owner, or any user. */
const asker = fc.oneof(
  { weight: 3, arbitrary: fc.constant('staff') },
  { weight: 4, arbitrary: fc.constant('owner') },
  { weight: 1, arbitrary: user },
);
/** One of the book's reservations, counted from the newest. A large number means none that exists. */
const recent = fc.oneof({ weight: 14, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.constant(1_000) });

/** With which event the window of an expiry began: its reservation's own, or one of the last. */
const began = fc.oneof(fc.constant('reserved' as const), fc.nat(5));
/** How an expiry names the window that it ends. */
const names = fc.constantFrom('nothing', 'its beginning', 'its end', 'both');

/** An event before the IDs of reservations are known. */
const draft = fc.oneof(
  { weight: 1, arbitrary: fc.record({ type: fc.constant('BookCatalogued' as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('CopyAdded' as const), copyId }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('CopyWithdrawn' as const), copyId }) },
  {
    weight: 9,
    arbitrary: fc.record({ type: fc.constant('BookReserved' as const), user, takenId: fc.nat(19) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('ReservationCancelled' as const), recent, asker }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('ReservationExpired' as const), recent, began, names }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('ReservationSuspended' as const, 'ReservationResumed' as const),
      recent,
      asker,
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('CopyBorrowed' as const), copyId, user }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('CopyReturned' as const), copyId }) },
);
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;

interface Made {
  readonly reservationId: string;
  readonly userId: string;
  /** When, by the clock of the event. */
  readonly at: number;
}

/** What happened to a book so far: the reservations made, and when each event happened. */
interface Past {
  readonly made: Made[];
  readonly times: number[];
}

/**
 * Events of some books within a week, out of order by their clocks. The list does not depend on the results of the fold, so
 * that a shrunk list is a valid one too.
 */
export function anyEvents(
  bookIds: readonly string[],
  { minLength = 0, maxLength = 80 } = {},
): fc.Arbitrary<LibraryEvent[]> {
  const one = fc.record({ draft, bookId: fc.constantFrom(...bookIds), after: fc.nat(WEEK_MS) });
  return fc.array(one, { minLength, maxLength, size: 'max' }).map((drafts) => {
    const past = new Map<string, Past>(bookIds.map((bookId) => [bookId, { made: [], times: [] }]));
    return drafts.map(({ draft: each, bookId, after }, i) => {
      const common = { eventId: uuid('e', i), occurredAt: START + after, bookId };
      const own = past.get(bookId)!;
      const fields = fieldsOf(each, own, common.occurredAt);
      own.times.push(common.occurredAt);
      return { type: each.type, ...common, ...fields } as LibraryEvent;
    });
  });
}

function fieldsOf(each: Draft, { made, times }: Past, at: number): object {
  switch (each.type) {
    case 'BookCatalogued':
      return { title: 'T', authors: [], isbn: null, year: null };
    case 'BookReserved':
      return reserve(each, made, at);
    case 'ReservationExpired':
      return windowOf(each, find(each.recent, made), times);
    case 'ReservationCancelled':
      return { ...change(each, made), reason: null };
    case 'ReservationSuspended':
    case 'ReservationResumed':
      return change(each, made);
    case 'CopyBorrowed':
      return { copyId: each.copyId, userId: each.user };
    default:
      return { copyId: each.copyId };
  }
}

/** Sometimes with an ID that is in use. */
function reserve(
  { user: userId, takenId }: { user: string; takenId: number },
  made: Made[],
  at: number,
): object {
  const taken = takenId === 0 ? made.at(-1) : undefined;
  const reservationId = taken?.reservationId ?? uuid('a', made.length);
  made.push({ reservationId, userId: taken?.userId ?? userId, at });
  return { reservationId, userId };
}

/** An expiry of a window, which is a guess: what it comes to depends on the fold. */
function windowOf(
  { names: named, began: back }: { names: string; began: number | 'reserved' },
  { reservationId, at }: Made,
  times: readonly number[],
): object {
  const readySince = back === 'reserved' ? at : (times.at(-1 - back) ?? START);
  return {
    reservationId,
    pickupBy: named === 'its end' || named === 'both' ? readySince + WINDOW : null,
    readySince: named === 'its beginning' || named === 'both' ? readySince : null,
  };
}

function change(which: { recent: number; asker: string }, made: readonly Made[]): object {
  const { reservationId, userId } = find(which.recent, made);
  if (which.asker === 'staff') return { reservationId, userId: null };
  return { reservationId, userId: which.asker === 'owner' ? userId : which.asker };
}

function find(back: number, made: readonly Made[]): Made {
  return made.at(-1 - back) ?? { reservationId: uuid('f', 0), userId: 'ann', at: START };
}

function uuid(kind: string, n: number): string {
  return `01980f3c-7a2e-7c41-9f0${kind}-${n.toString(16).padStart(12, '0')}`;
}
