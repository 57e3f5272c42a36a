import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { closeContext, createContext, type Context, type RunningRole } from '../../app/roles/context';
import { startView } from '../../app/roles/view-role';
import { DeadLetterTable } from '../../consumer/dead-letters/dead-letter-table';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import { AVAILABILITY_VIEW } from '../../consumer/views/availability/definition';
import { formatPosition, type OutgoingRecord, type Position } from '../../infra/event-log/log';
import { waitUntil } from '../../infra/local/wait';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { library } from '../cli';
import { deadLetterOf } from '../dead-letters';
import { createTestEnvironment, event, type TestEnvironment } from '../environment';
import { caughtUp, replayFromScratch, viewsIn } from '../faults/replay';

describe('poison', () => {
  let environment: TestEnvironment;
  let context: Context;
  let role: RunningRole | undefined;
  let pool: Pool;

  beforeEach(async () => {
    environment = await createTestEnvironment({ LOG_LEVEL: 'silent' });
    context = createContext(environment.config, 'test', (error) => {
      throw error;
    });
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
  });

  afterEach(async () => {
    await role?.close();
    role = undefined;
    await closeContext(context);
    await pool.end();
    await environment.close();
  });

  const catalogued = (bookId: string, title = 'T') =>
    event('BookCatalogued', { bookId, title, authors: [], isbn: null, year: null });
  const reserved = (bookId: string, userId: string) =>
    event('BookReserved', { bookId, userId, reservationId: uuidv7() });
  const garbage = (key: string): OutgoingRecord => ({ key, value: Buffer.from('not avro'), headers: {} });
  const start = async () => void (role = await startView(context, AVAILABILITY_VIEW));
  const cli = (...args: string[]) => library(environment.env, 'dead-letters', ...args);

  async function reached(position: Position): Promise<void> {
    const watcher = new ProgressWatcher(pool, 'availability', environment.topics.reservations);
    expect(await watcher.reaches(position, 40_000)).toBe(true);
  }

  /** The record is a dead letter, with this reason, in the table and on the topic; the next one of its partition is not. */
  async function expectDead([bad, next]: readonly Position[], reason: RegExp): Promise<void> {
    await reached(next!);
    const found = await new DeadLetterTable(pool).find({ position: bad });
    expect(found).toMatchObject([{ status: 'dead', reason: expect.stringMatching(reason) as unknown }]);
    const letter = await deadLetterOf(environment, bad!);
    expect(letter?.headers['dl_reason']?.toString()).toMatch(reason);
    const { rowCount } = await pool.query(
      'SELECT FROM library.history WHERE partition = $1 AND "offset" = $2',
      [next!.partition, next!.offset],
    );
    expect(rowCount).toBe(1);
  }

  test('an event that comes to more than Postgres can index is a dead letter, and other books go on', async () => {
    const words = Array.from({ length: 130_000 }, (_, n) => n.toString(36).padStart(5, 'x')).join(' ');
    await start();
    const [bad] = await environment.append([catalogued('emma', words)]);
    await expectDead([bad!, await nextOf(bad!)], /too long for tsvector/);
  });

  test.each([
    ['what a calendar holds', 9n * 10n ** 15n, /is not a time within the years 1 to 9999/],
    ['what JavaScript holds', -(2n ** 60n), /BookCatalogued cannot be read/],
  ])('an event whose time is beyond %s is a dead letter', async (_, time, reason) => {
    await start();
    const record = environment.encode(catalogued('emma'));
    const value = Buffer.concat([
      record.value.subarray(0, TIME_AT),
      zigzag(time),
      record.value.subarray(TIME_AT + zigzag(BigInt(Date.UTC(2026, 0, 1))).length),
    ]);
    const [bad] = await environment.appendRecords([{ ...record, value }]);
    await expectDead([bad!, await nextOf(bad!)], reason);
  });

  /** A good event of another book in the same partition. */
  async function nextOf({ partition }: Position): Promise<Position> {
    for (let n = 0; ; n += 1) {
      const [position] = await environment.append([catalogued(`other-${n}`)]);
      if (position!.partition === partition) return position!;
    }
  }

  test('what waits behind a dead letter stays in Kafka: it is counted, shown and retried from there', async () => {
    await environment.append([catalogued('held')]);
    const [dead] = await environment.appendRecords([garbage('held')]);
    const parked = await environment.append(Array.from({ length: 300 }, (_, n) => reserved('held', `u${n}`)));
    await start();
    await reached(parked.at(-1)!);
    const stored = async () => (await pool.query('SELECT FROM library.dead_letters')).rowCount;
    expect(await stored()).toBe(1);
    const { rows } = await pool.query('SELECT book_id, from_offset, parked FROM library.held_books');
    expect(rows).toEqual([{ book_id: 'held', from_offset: String(dead!.offset), parked: '300' }]);

    const at = formatPosition(parked[120]!);
    const shown = await cli('show', at);
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringMatching(/Status: +parked/) as unknown]);
    expect(shown.stdout).toContain('ce_type: library.BookReserved');
    expect((await cli('discard', at)).stderr).toContain('is not dead: it waits behind another one');
    // Of a parked record: its book.
    expect((await cli('retry', at)).stdout).toContain('0 events taken');
    expect(await stored()).toBe(1);

    // As if the command had been killed between its two steps.
    const [letter] = await new DeadLetterTable(pool).find({ position: dead! });
    expect(await new DeadLetterTable(pool).discard(letter!)).toBe(true);
    const waits = formatPosition({ ...dead!, offset: dead!.offset + 1 });
    expect((await cli('list')).stdout).toMatch(new RegExp(`${waits} .*held .*parked .*300 .*retry it`));
    expect((await cli('show', waits)).stdout).toMatch(
      new RegExp(`Position: +${formatPosition(parked[0]!)} `),
    );
    expect((await cli('retry', waits)).stdout).toContain('book held: 300 events taken');
    expect((await pool.query('SELECT FROM library.held_books')).rowCount).toBe(0);
    expect((await pool.query('SELECT FROM library.reservations')).rowCount).toBe(300);
  });

  test('of many retries at once, while the held books get events all the time, each event counts once', async () => {
    await environment.append([catalogued('a'), catalogued('b'), catalogued('c')]);
    await pool.query(`ALTER TABLE library.copies ADD CONSTRAINT no_such_copy CHECK (copy_id <> 'bad')`);
    const broken = ['a', 'b', 'c'].map((bookId) => event('CopyAdded', { bookId, copyId: 'bad' }));
    await environment.append(broken);
    await start();
    const traffic = new AbortController();
    const going = (async () => {
      for (let n = 0; !traffic.signal.aborted; n += 1)
        await environment.append(['a', 'b', 'c', 'd'].map((bookId) => reserved(bookId, `u${n}`)));
    })();
    const parked = async () =>
      (await pool.query<{ n: number }>('SELECT coalesce(sum(parked), 0)::int AS n FROM library.held_books'))
        .rows[0]!.n;
    await waitUntil(async () => (await parked()) > 300, { what: 'nothing is parked', timeout: 40_000 });
    await pool.query('ALTER TABLE library.copies DROP CONSTRAINT no_such_copy');
    const retries = await Promise.all([
      cli('retry', '--all'),
      cli('retry', '--all'),
      cli('retry', '--book', 'b'),
    ]);
    traffic.abort();
    await going;
    expect(retries.filter(({ code }) => code !== 0)).toEqual([]);
    expect(await parked()).toBe(0);
    expect((await cli('list')).stdout).toBe('No dead letters.\n');
    await caughtUp(environment, pool);
    expect(await viewsIn(pool)).toEqual(await replayFromScratch(environment));
  });
});

/** Where the time of an event is in its value: after the head of the wire format and the event ID with its length. */
const TIME_AT = 5 + 1 + 36;

/** As Avro writes a long. */
function zigzag(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}
