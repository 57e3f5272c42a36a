import { v7 as uuidv7 } from 'uuid';
import type { Pool } from 'pg';
import { createContext, closeContext, type Context, type RunningRole } from '../../app/roles/context';
import { startView } from '../../app/roles/view-role';
import { createPrisma } from '../../consumer/prisma/client';
import { AvailabilityOutcomeLookup } from '../../consumer/views/availability/outcome-lookup';
import { AvailabilityQueries } from '../../consumer/views/availability/queries';
import { AVAILABILITY_VIEW } from '../../consumer/views/availability/definition';
import { createPool } from '../../infra/postgres/pool';
import { createLogger } from '../../infra/logger';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';

/** Bytes that are not UTF-8. */
const NO_TEXT = Buffer.from([0xff, 0x00, 0xfe]);

describe('the availability projection, on Kafka and Postgres', () => {
  let environment: TestEnvironment;
  let context: Context;
  let role: RunningRole;
  let pool: Pool;
  let watcher: ProgressWatcher;

  beforeAll(async () => {
    environment = await createTestEnvironment();
    context = createContext(environment.config, 'test', (error) => {
      throw error;
    });
    role = await startView(context, AVAILABILITY_VIEW);
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    watcher = new ProgressWatcher(pool, 'availability', environment.topics.reservations);
  });

  afterAll(async () => {
    await role.close();
    await closeContext(context);
    await pool.end();
    await environment.close();
  });

  const book = (bookId: string) =>
    event('BookCatalogued', {
      bookId,
      title: 'Moby-Dick',
      authors: ['Herman Melville'],
      isbn: null,
      year: 1851,
    });
  const rows = async <T extends object>(sql: string, ...values: unknown[]) =>
    (await pool.query<T>(sql, values)).rows;
  const projected = async (events: Parameters<TestEnvironment['append']>[0]) => {
    const positions = await environment.append(events);
    for (const position of positions) expect(await watcher.reaches(position, 10_000)).toBe(true);
    return positions;
  };

  test('the view holds the events that it has taken in, refused ones too, and no others', async () => {
    const prisma = createPrisma(pool, createLogger('silent'));
    const outcomes = new AvailabilityOutcomeLookup(new AvailabilityQueries(prisma, pool), watcher);
    const bookId = 'held';
    const applied = book(bookId);
    const refused = event('CopyWithdrawn', { bookId, copyId: 'none' });
    await projected([applied, refused]);
    const ids = [applied.eventId, refused.eventId, uuidv7()];
    expect(await Promise.all(ids.map((id) => outcomes.holds(bookId, id)))).toEqual([true, true, false]);
    await prisma.$disconnect();
  });

  test('a copy goes to the first who reserved, and to the next when it is cancelled', async () => {
    const bookId = 'fifo';
    const [first, second] = [uuidv7(), uuidv7()];
    await projected([
      book(bookId),
      event('CopyAdded', { bookId, copyId: 'c1' }),
      event('BookReserved', { bookId, reservationId: first, userId: 'ann' }),
      event('BookReserved', { bookId, reservationId: second, userId: 'bob' }),
    ]);
    expect(
      await rows(
        'SELECT reservation_id, status FROM library.reservations WHERE book_id = $1 ORDER BY ticket',
        bookId,
      ),
    ).toEqual([
      { reservation_id: first, status: 'ready' },
      { reservation_id: second, status: 'waiting' },
    ]);
    await projected([
      event('ReservationCancelled', { bookId, reservationId: first, userId: 'ann', reason: null }),
    ]);
    expect(
      await rows(
        'SELECT reservation_id, status, copy_id FROM library.reservations WHERE book_id = $1 ORDER BY ticket',
        bookId,
      ),
    ).toEqual([
      { reservation_id: first, status: 'cancelled', copy_id: null },
      { reservation_id: second, status: 'ready', copy_id: 'c1' },
    ]);
    expect(
      await rows('SELECT total, reserved, waiting FROM library.books WHERE book_id = $1', bookId),
    ).toEqual([{ total: 1, reserved: 1, waiting: 0 }]);
  });

  test('an event that comes twice is one event, however far apart', async () => {
    const bookId = 'twice';
    const reserved = event('BookReserved', { bookId, reservationId: uuidv7(), userId: 'ann' });
    await projected([book(bookId), reserved, reserved]);
    await projected([reserved]);
    expect(
      await rows('SELECT type, code FROM library.history WHERE book_id = $1 ORDER BY "offset"', bookId),
    ).toEqual([
      { type: 'BookCatalogued', code: null },
      { type: 'BookReserved', code: null },
    ]);
    expect(await rows('SELECT status FROM library.reservations WHERE book_id = $1', bookId)).toEqual([
      { status: 'waiting' },
    ]);
  });

  test('an event that another client put under the wrong key is kept as a dead letter and changes nothing', async () => {
    const bookId = 'misplaced';
    const strayed = environment.encode(book(bookId));
    await environment.appendRecords([{ ...strayed, key: 'another-book' }]);
    await projected([event('CopyAdded', { bookId, copyId: 'c1' })]);
    expect(
      await rows('SELECT type, code FROM library.history WHERE book_id = $1 ORDER BY "offset"', bookId),
    ).toEqual([{ type: 'CopyAdded', code: 'unknown-book' }]);
  });

  test('what cannot be decoded is kept as a dead letter, byte by byte, and the stream goes on', async () => {
    const bookId = 'poison';
    const [position] = await environment.appendRecords([
      { key: bookId, value: Buffer.from('not avro'), headers: { 'x-bytes': NO_TEXT } },
    ]);
    await projected([book(bookId)]);
    const deadLetters = [];
    const ranges = await environment.log.bounds(environment.topics.deadLetters);
    for await (const { records } of environment.log.read(environment.topics.deadLetters, { ranges })) {
      deadLetters.push(...records.filter(({ key }) => key?.toString() === bookId));
    }
    expect(deadLetters).toHaveLength(1);
    expect(deadLetters[0]!.value?.toString()).toBe('not avro');
    const { 'x-bytes': bytes, ...rest } = deadLetters[0]!.headers;
    expect(bytes).toEqual(NO_TEXT);
    const headers = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value.toString()]));
    expect(headers).toMatchObject({
      dl_topic: environment.topics.reservations,
      dl_partition: String(position!.partition),
      dl_offset: String(position!.offset),
    });
  });
});
