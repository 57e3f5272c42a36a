import fc from 'fast-check';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { unknownBook, type Book } from '../../domain/book';
import type { Change } from '../../domain/decide';
import { WINDOW } from '../../domain/streams/testing';
import { foldBatch } from '../availability/fold-batch';
import type { RulesAt } from '../definition';
import { countBatch, idKey, idsOf, type DemandResult } from './count-batch';
import { restoreBook } from './state';
import { anyStream } from './testing';

const BOOKS = ['a', 'b'];

type Counts = Record<string, { reservations: number; cancellations: number }>;

/** The pickup window was set to another length at an offset. */
const rulesFrom =
  (changedAt: number): RulesAt =>
  ({ offset }) => ({ pickupWindow: offset < changedAt ? WINDOW : 2 * WINDOW });

const positioned = (events: readonly LibraryEvent[]) =>
  events.map((event, offset) => ({
    event,
    position: { partition: 0, offset },
    timestamp: event.occurredAt,
  }));

/** The history of the availability view: each event once, through the fold with all of its memory. */
function historyOf(events: readonly LibraryEvent[], rulesAt: RulesAt) {
  const books = new Map<string, Book>(BOOKS.map((bookId) => [bookId, unknownBook(bookId)]));
  return foldBatch(positioned(events), books, new Set(), rulesAt).history;
}

/** What the view has to come to: what took effect by that history. */
function countsOf(events: readonly LibraryEvent[], rulesAt: RulesAt): Counts {
  const counts: Counts = {};
  for (const { event, code } of historyOf(events, rulesAt)) {
    if (code !== null) continue;
    if (event.type === 'BookReserved') add(counts, event, 1, 0);
    if (event.type === 'ReservationCancelled') add(counts, event, 0, 1);
  }
  return counts;
}

function add(counts: Counts, event: LibraryEvent, reservations: number, cancellations: number): void {
  const day = new Date(event.occurredAt).toISOString().slice(0, 10);
  const own = (counts[`${day} ${event.bookId}`] ??= { reservations: 0, cancellations: 0 });
  own.reservations += reservations;
  own.cancellations += cancellations;
}

/** The tables of the view, in memory. */
class Tables {
  readonly counts: Counts = {};
  private readonly ids = new Set<string>();
  private readonly state = new Map<string, { bookId: string; change: Change }>();

  store({ days, pieces, ids }: DemandResult): void {
    for (const id of ids) this.ids.add(idKey(id));
    for (const [key, { bookId, change }] of pieces) {
      if (change) this.state.set(key, JSON.parse(JSON.stringify({ bookId, change })));
      else this.state.delete(key);
    }
    for (const [key, { reservations, cancellations }] of days) {
      const own = (this.counts[key] ??= { reservations: 0, cancellations: 0 });
      own.reservations += reservations;
      own.cancellations += cancellations;
    }
  }

  known(events: readonly LibraryEvent[]): Set<string> {
    return new Set(
      events
        .flatMap(idsOf)
        .map(idKey)
        .filter((key) => this.ids.has(key)),
    );
  }

  books(): Map<string, Book> {
    // Newest first: a table promises no order.
    const rows = [...this.state.values()].reverse();
    const changesOf = (bookId: string) =>
      rows.filter((row) => row.bookId === bookId).map(({ change }) => change);
    return new Map(BOOKS.map((bookId) => [bookId, restoreBook(bookId, changesOf(bookId))]));
  }
}

test('counts in batches of any size, from memory or from what was stored, are those of the history', () => {
  const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { minLength: 1 });
  fc.assert(
    fc.property(anyStream(BOOKS), cuts, fc.nat(90), (events, batches, changedAt) => {
      const rulesAt = rulesFrom(changedAt);
      const tables = new Tables();
      let cached = tables.books();
      const rest = positioned(events);
      for (let i = 0; rest.length > 0; i += 1) {
        const [size, forgets] = batches[i % batches.length]!;
        if (forgets) cached = tables.books();
        const batch = rest.splice(0, size);
        const known = tables.known(batch.map(({ event }) => event));
        tables.store(countBatch(batch, cached, known, rulesAt));
      }
      expect(tables.counts).toEqual(countsOf(events, rulesAt));
    }),
    { numRuns: 500 },
  );
});

test('most that can happen does happen in these streams', () => {
  const samples = fc.sample(anyStream(BOOKS), { numRuns: 100, seed: 1 });
  const rulesAt = rulesFrom(60);
  const totals = samples.flatMap((events) => Object.values(countsOf(events, rulesAt)));
  expect(totals.some(({ reservations }) => reservations > 1)).toBe(true);
  expect(totals.some(({ cancellations }) => cancellations > 0)).toBe(true);
  const byEndAlone = samples
    .flatMap((events) => historyOf(events, rulesAt))
    .filter(
      ({ event }) =>
        event.type === 'ReservationExpired' && event.pickupBy !== null && event.readySince === null,
    )
    .map(({ code }) => code);
  expect(byEndAlone).toEqual(expect.arrayContaining([null, 'copy-not-available']));
});
