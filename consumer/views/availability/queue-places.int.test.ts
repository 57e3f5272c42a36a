import type { Pool } from 'pg';
import { v7 } from 'uuid';
import { createLogger } from '../../../infra/logger';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { createTestDatabase, type TestDatabase } from '../../../test/servers';
import { createPrisma } from '../../prisma/client';
import { migrate, migrations } from '../../prisma/migrate';
import { Checkpoints } from '../../projector/checkpoint';
import { createViewPool } from '../../projector/view-pool';
import { AvailabilityProjection } from './projection';
import { AvailabilityQueries } from './queries';
import { RESERVATION_STATUSES } from './resources';

const PARTITION = 3;

describe('a long queue', () => {
  let database: TestDatabase;
  let pool: Pool;
  let prisma: ReturnType<typeof createPrisma>;
  let queries: AvailabilityQueries;
  let projection: AvailabilityProjection;
  let next = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, migrations());
    const logger = createLogger('silent');
    pool = createViewPool(database.url, logger);
    prisma = createPrisma(pool, logger);
    queries = new AvailabilityQueries(prisma, pool);
    projection = new AvailabilityProjection({ pool, topic: 't', rules: { pickupWindow: 1_000 } });
    const stream = { identity: () => Promise.resolve('c'), topicId: () => Promise.resolve(undefined) };
    await new Checkpoints(pool, 'availability', 't', stream).stateOf(PARTITION);
  });

  afterAll(async () => {
    await prisma.$disconnect();
    await pool.end();
    await database.drop();
  });

  const event = (type: LibraryEvent['type'], bookId: string, fields: object = {}) =>
    ({ type, eventId: v7(), occurredAt: 1_000 + next, bookId, ...fields }) as LibraryEvent;

  async function project(events: readonly LibraryEvent[]): Promise<void> {
    const [fromOffset, nextOffset] = [next, (next += events.length)];
    const positioned = events.map((each, i) => {
      return { event: each, position: { partition: PARTITION, offset: fromOffset + i }, timestamp: 0 };
    });
    await projection.project({ partition: PARTITION, fromOffset, nextOffset, epoch: 0, events: positioned });
  }

  /** A book with one copy, which is on loan, and a queue. @returns the IDs of the reservations */
  async function queueOf(bookId: string, length: number): Promise<string[]> {
    const ids = Array.from({ length }, () => v7());
    await project([
      event('BookCatalogued', bookId, { title: bookId, authors: [], isbn: null, year: null }),
      event('CopyAdded', bookId, { copyId: 'c' }),
      event('CopyBorrowed', bookId, { copyId: 'c', userId: 'first' }),
      ...ids.map((reservationId) => event('BookReserved', bookId, { reservationId, userId: reservationId })),
    ]);
    return ids;
  }

  /** Compares every place, alone and in pages, with a plain count. @returns how many wait */
  async function expectRightPlaces(bookId: string): Promise<number> {
    const { rows } = await pool.query<{ id: string }>(
      `SELECT reservation_id AS id FROM reservations WHERE book_id = $1 AND status = 'waiting' ORDER BY ticket`,
      [bookId],
    );
    const paged: (number | null)[] = [];
    let cursor: [number, number] | undefined;
    do {
      const page = await queries.reservationsOfBook(bookId, 'waiting', 150, cursor);
      paged.push(...page.items.map(({ queuePosition }) => queuePosition));
      cursor = page.nextCursor
        ? (JSON.parse(Buffer.from(page.nextCursor, 'base64url').toString()) as [number, number])
        : undefined;
    } while (cursor);
    const places = rows.map((_, i) => i + 1);
    expect(paged).toEqual(places);
    const alone = rows.map(async ({ id }) => (await queries.reservation(bookId, id))?.queuePosition);
    expect(await Promise.all(alone)).toEqual(places);
    return rows.length;
  }

  const marksOf = async (bookId: string) => {
    const { rows } = await pool.query<{ places: string[] | null }>(
      'SELECT queue_places AS places FROM books WHERE book_id = $1',
      [bookId],
    );
    return rows[0]!.places;
  };

  test('has right places, whoever leaves, goes back to the head, or is refused', async () => {
    const ids = await queueOf('emma', 1_500);
    expect(await expectRightPlaces('emma')).toBe(1_500);
    const gone = ids.filter((_, i) => i % 7 === 3 || (i > 400 && i < 700));
    const own = (reservationId: string) => ({ reservationId, userId: reservationId, reason: null });
    await project([
      ...gone.map((id) => event('ReservationCancelled', 'emma', own(id))),
      event('CopyReturned', 'emma', { copyId: 'c' }),
      event('CopyWithdrawn', 'emma', { copyId: 'c' }),
      event('ReservationSuspended', 'emma', own(ids[0]!)),
    ]);
    expect(await expectRightPlaces('emma')).toBe(1_500 - gone.length);
    // One that changes nothing leaves the marks as new as the history.
    await project([event('CopyReturned', 'emma', { copyId: 'none' })]);
    const { rows } = await pool.query<{ at: number }>(
      `SELECT (queue_at - $1)::int AS at FROM books WHERE book_id = 'emma'`,
      [next - 1],
    );
    expect(rows).toEqual([{ at: 0 }]);
    expect((await marksOf('emma'))!.length).toBeGreaterThan(3);
  });

  test('has no marks any more once it is short', async () => {
    const ids = await queueOf('persuasion', 300);
    expect(await marksOf('persuasion')).not.toBeNull();
    const cancelled = ids.slice(0, 100).map((reservationId) => {
      return event('ReservationCancelled', 'persuasion', {
        reservationId,
        userId: reservationId,
        reason: null,
      });
    });
    await project(cancelled);
    expect(await marksOf('persuasion')).toBeNull();
    expect(await expectRightPlaces('persuasion')).toBe(200);
  });

  test('has right places though an older version, which leaves the marks as they are, has stored the last event', async () => {
    const [first] = await queueOf('mansfield-park', 600);
    await pool.query(`UPDATE reservations SET status = 'cancelled' WHERE reservation_id = $1`, [first]);
    await pool.query(
      `INSERT INTO history (book_id, partition, "offset", event_id, type, occurred_at, data)
       VALUES ('mansfield-park', $1, $2, gen_random_uuid(), 'ReservationCancelled', now(), '{}')`,
      [PARTITION, next],
    );
    expect(await expectRightPlaces('mansfield-park')).toBe(599);
  });

  test('over one connection a book is listed by each status, and by all', async () => {
    await queueOf('listed', 2);
    const one = createViewPool(database.url, createLogger('silent'), { max: 1 });
    try {
      const lists = new AvailabilityQueries(prisma, one);
      const found = async (status?: (typeof RESERVATION_STATUSES)[number]) =>
        (await lists.reservationsOfBook('listed', status, 10)).items.length;
      const counts = [];
      for (const status of RESERVATION_STATUSES) counts.push([status, await found(status)]);
      expect(counts).toEqual(RESERVATION_STATUSES.map((status) => [status, status === 'waiting' ? 2 : 0]));
      expect(await found()).toBe(2);
    } finally {
      await one.end();
    }
  });
});
