import fc from 'fast-check';
import type { Pool } from 'pg';
import { createLogger } from '../../../infra/logger';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { event } from '../../../test/environment';
import { createTestDatabase, type TestDatabase } from '../../../test/servers';
import { countCopies, unknownBook, type Book } from '../../domain/book';
import { anyEvents, WINDOW } from '../../domain/streams/testing';
import { migrate, readMigrations } from '../../prisma/migrate';
import { Checkpoints } from '../../projector/checkpoint';
import type { PositionedEvent } from '../../projector/projection';
import { createViewPool } from '../../projector/view-pool';
import { foldBatch } from './fold-batch';
import { AvailabilityProjection } from './projection';

const RULES = { pickupWindow: WINDOW };
const BOOKS = ['a', 'b', 'c'];

/** How a stream is cut: after so many events a batch ends, and perhaps another instance goes on, which remembers nothing. */
const cuts = fc.array(fc.record({ size: fc.integer({ min: 1, max: 30 }), isAnother: fc.boolean() }), {
  minLength: 1,
  maxLength: 6,
});
/** Which events come once more, by their place, and how much later. */
const repeats = fc.array(fc.tuple(fc.nat(79), fc.nat(40)), { maxLength: 30 });
const stream = fc
  .tuple(anyEvents(BOOKS, { minLength: 40 }), repeats)
  .map(([events, again]) => withRepeats(events, again));

function withRepeats(events: readonly LibraryEvent[], again: readonly (readonly [number, number])[]) {
  const all = [...events];
  for (const [place, later] of again) {
    const event = events[place % events.length]!;
    all.splice(Math.min(all.length, all.indexOf(event) + 1 + later), 0, event);
  }
  return all;
}

/** What a view comes to, as far as it can be compared. */
interface Picture {
  readonly books: unknown[];
  readonly copies: unknown[];
  readonly reservations: unknown[];
  readonly history: unknown[];
  readonly outcomes: string[];
}

const sorted = (rows: readonly unknown[][]) => rows.map((row) => JSON.stringify(row)).sort();

/** The picture of a fold of everything at once, in memory. */
function folded(events: readonly PositionedEvent<LibraryEvent>[]): Picture {
  const books = new Map<string, Book>(BOOKS.map((bookId) => [bookId, unknownBook(bookId)]));
  const { history, outbox } = foldBatch(events, books, new Set(), () => RULES);
  const all = [...books.values()];
  return {
    books: sorted(
      all.flatMap(({ bookId, entry, copies, waiting, nextTicket }) => {
        const { total, available, reserved, onLoan } = countCopies(copies.values());
        const counts = [total, available, reserved, onLoan, waiting, nextTicket - 1];
        return entry ? [[bookId, entry.title, entry.authors, ...counts]] : [];
      }),
    ),
    copies: sorted(
      all.flatMap(({ bookId, copies }) =>
        [...copies.values()].map((copy) => [
          bookId,
          copy.copyId,
          copy.status,
          copy.reservationId,
          copy.userId,
        ]),
      ),
    ),
    reservations: sorted(
      all.flatMap(({ bookId, open, closed }) =>
        [...open.values(), ...closed.values()].map((each) => [
          ...[bookId, each.reservationId, each.userId, each.status, each.copyId, each.ticket],
          ...[each.rejection, each.suspended],
        ]),
      ),
    ),
    history: sorted(history.map(({ event, position, code }) => [event.eventId, position.offset, code])),
    outcomes: outbox.map(({ outcome }) => outcome.eventId),
  };
}

describe('a stream', () => {
  let database: TestDatabase;
  let pool: Pool;
  let partition = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, readMigrations('consumer/prisma/migrations'));
    pool = createViewPool(database.url, createLogger('silent'));
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function stored(): Promise<Picture> {
    const rowsOf = async (sql: string) => {
      const { rows } = await pool.query<unknown[]>({ text: sql, rowMode: 'array' });
      return rows;
    };
    const outbox = await rowsOf(
      `SELECT e.entry->2->>'eventId' FROM outbox o, json_array_elements(o.outcomes::json) WITH ORDINALITY AS e(entry, place)
        ORDER BY o.partition, o.id, e.place`,
    );
    return {
      books: sorted(
        await rowsOf(
          'SELECT book_id, title, authors, total, available, reserved, on_loan, waiting, last_ticket::int FROM books',
        ),
      ),
      copies: sorted(await rowsOf('SELECT book_id, copy_id, status, reservation_id, user_id FROM copies')),
      reservations: sorted(
        await rowsOf(
          'SELECT book_id, reservation_id, user_id, status, copy_id, ticket::int, rejection, suspended FROM reservations',
        ),
      ),
      history: sorted(await rowsOf('SELECT event_id, "offset"::int, code FROM history')),
      outcomes: outbox.map(([eventId]) => String(eventId)),
    };
  }

  /** Projects the events into empty tables, in batches of these sizes, again and again. */
  async function project(
    events: readonly LibraryEvent[],
    sizes: readonly { size: number; isAnother: boolean }[],
  ) {
    await pool.query('TRUNCATE books, copies, reservations, history, outbox');
    partition += 1;
    const positioned = events.map((event, offset) => ({
      event,
      position: { partition, offset },
      timestamp: event.occurredAt,
    }));
    const identity = { identity: () => Promise.resolve('c'), topicId: () => Promise.resolve(undefined) };
    const { epoch } = await new Checkpoints(pool, 'availability', 't', identity).stateOf(partition);
    const instance = () => new AvailabilityProjection({ pool, topic: 't', rules: RULES, cacheSize: 40 });
    let projection = instance();
    for (let at = 0, i = 0; at < events.length; i += 1) {
      const { size, isAnother } = sizes[i % sizes.length]!;
      const batch = positioned.slice(at, at + size);
      if (isAnother) projection = instance();
      const nextOffset = at + batch.length;
      await projection.project({ partition, fromOffset: at, nextOffset, epoch, events: batch });
      at = nextOffset;
    }
    return positioned;
  }

  test('comes to the same however it is cut into batches, whatever is repeated, and whoever projects them', async () => {
    const property = fc.asyncProperty(stream, cuts, async (events, sizes) => {
      const positioned = await project(events, sizes);
      expect(await stored()).toEqual(folded(positioned));
    });
    await fc.assert(property, { numRuns: 40 });
  }, 120_000);

  test('with a closed reservation that is named beside the repetition of its making comes to the same, also where repeats are expected', async () => {
    const bookId = 'a';
    const reservationId = '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37';
    const book = event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null });
    const made = event('BookReserved', { bookId, reservationId, userId: 'ann' });
    const named = { bookId, reservationId, userId: null };
    const events = [
      ...[book, made, event('ReservationCancelled', { ...named, reason: null })],
      ...[book, event('CopyAdded', { bookId, copyId: 'c1' })],
      ...[made, event('ReservationResumed', named), event('ReservationSuspended', named)],
    ];
    const positioned = await project(events, [
      { size: 3, isAnother: false },
      { size: 2, isAnother: false },
      { size: 3, isAnother: false },
    ]);
    expect(await stored()).toEqual(folded(positioned));
  });
});
