import fc from 'fast-check';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { unknownBook, type Book } from '../../domain/book';
import { decide, type Change } from '../../domain/decide';
import { evolve } from '../../domain/evolve';
import { countBatch, idKey, idsOf, type DemandResult } from './count-batch';
import { restoreBook } from './state';
import { anyStream } from './testing';

const RULES = { pickupWindow: 1_000 };
/** As the view counts: it does not know when windows end. */
const WITHOUT_ENDS = { pickupWindow: 0 };
const BOOKS = ['a', 'b'];

type Counts = Record<string, { reservations: number; cancellations: number }>;

/** What the view has to come to: each event once, through the fold with all of its memory. */
function naiveCounts(events: readonly LibraryEvent[]): Counts {
  const books = new Map<string, Book>(BOOKS.map((bookId) => [bookId, unknownBook(bookId)]));
  const seen = new Set<string>();
  const counts: Counts = {};
  for (const event of events) {
    const key = `${event.eventId} ${event.bookId}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const book = books.get(event.bookId)!;
    const { code, changes } = decide(book, event, RULES);
    evolve(book, changes);
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

test('counts in batches of any size, from memory or from what was stored, are those of each event once', () => {
  const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { minLength: 1 });
  fc.assert(
    fc.property(anyStream(BOOKS), cuts, (events, batches) => {
      const tables = new Tables();
      let cached = tables.books();
      const rest = events.map((event, offset) => ({
        event,
        position: { partition: 0, offset },
        timestamp: event.occurredAt,
      }));
      for (let i = 0; rest.length > 0; i += 1) {
        const [size, forgets] = batches[i % batches.length]!;
        if (forgets) cached = tables.books();
        const batch = rest.splice(0, size);
        const known = tables.known(batch.map(({ event }) => event));
        tables.store(countBatch(batch, cached, known, WITHOUT_ENDS));
      }
      expect(tables.counts).toEqual(naiveCounts(events));
    }),
    { numRuns: 500 },
  );
});

test('most that can happen does happen in these streams', () => {
  const samples = fc.sample(anyStream(BOOKS), { numRuns: 100, seed: 1 });
  const totals = samples.flatMap((events) => Object.values(naiveCounts(events)));
  expect(totals.some(({ reservations }) => reservations > 1)).toBe(true);
  expect(totals.some(({ cancellations }) => cancellations > 0)).toBe(true);
});
