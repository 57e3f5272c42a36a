import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { closeContext, createContext, type Context, type RunningRole } from '../../app/roles/context';
import { startView } from '../../app/roles/view-role';
import { AVAILABILITY_VIEW } from '../../consumer/views/availability/definition';
import { DEMAND_VIEW } from '../../consumer/views/demand/definition';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { formatPosition, type LogRecord, type Position } from '../../infra/event-log/log';
import { waitUntil } from '../../infra/local/wait';
import type { LibraryEvent } from '../../schemas/generated/events';
import { Cli, library } from '../cli';
import { caughtUp, replayFromScratch, viewsIn } from '../faults/replay';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';
import { Registry } from 'prom-client';
import { assertNothingSetAside, registerSetAsideGauges } from '../../consumer/dead-letters/monitoring';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';

/** A set-aside record in the output of `list --json`. */
interface Listed {
  position: string;
  consumer: string;
  bookId: string | null;
  status: string;
  behind: number;
}

describe('records that a view cannot apply', () => {
  let environment: TestEnvironment;
  let context: Context;
  let roles: RunningRole[];
  let pool: Pool;

  beforeEach(async () => {
    environment = await createTestEnvironment({ LOG_LEVEL: 'silent' });
    context = createContext(environment.config, 'test', (error) => {
      throw error;
    });
    roles = [await startView(context, AVAILABILITY_VIEW), await startView(context, DEMAND_VIEW)];
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
  });

  afterEach(async () => {
    await Promise.all(roles.map((role) => role.close()));
    await closeContext(context);
    await pool.end();
    await environment.close();
  });

  const catalogued = (bookId: string) =>
    event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null });
  const reserved = (bookId: string, userId: string) =>
    event('BookReserved', { bookId, userId, reservationId: uuidv7() });
  const withCopy = (bookId: string, copyId = 'c1') => [
    catalogued(bookId),
    event('CopyAdded', { bookId, copyId }),
  ];
  const garbage = (key: string, headers: Record<string, string> = {}) => ({
    key,
    value: Buffer.from('not avro'),
    headers,
  });

  async function reached(position: Position, consumer = 'availability'): Promise<void> {
    const watcher = new ProgressWatcher(pool, consumer, environment.topics.reservations);
    expect(await watcher.reaches(position, 20_000)).toBe(true);
  }
  async function append(...events: LibraryEvent[]): Promise<void> {
    for (const position of await environment.append(events)) await reached(position);
  }
  async function listed(...args: string[]): Promise<Listed[]> {
    const { code, stdout } = await library(environment.env, 'dead-letters', 'list', '--json', ...args);
    expect(code).toBe(0);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Listed);
  }
  const historyOf = async (bookId: string) =>
    (
      await pool.query<{ type: string }>(
        'SELECT type FROM library.history WHERE book_id = $1 ORDER BY partition, "offset"',
        [bookId],
      )
    ).rows.map(({ type }) => type);
  async function topic(name: string): Promise<LogRecord[]> {
    const found: LogRecord[] = [];
    for await (const { records } of environment.log.read(name, {
      ranges: await environment.log.bounds(name),
    }))
      found.push(...records);
    return found;
  }
  /** Makes one copy poison for the view, until it is taken back. */
  const refuseCopy = (copyId: string) =>
    pool.query(
      `ALTER TABLE library.copies ADD CONSTRAINT no_such_copy CHECK (copy_id <> '${copyId}') NOT VALID`,
    );
  const refuseNoCopy = () => pool.query('ALTER TABLE library.copies DROP CONSTRAINT no_such_copy');

  test('holds up its own book, in order, and no other', async () => {
    await append(...withCopy('held'), ...withCopy('free'));
    const [position] = await environment.appendRecords([garbage('held', { origin: 'a stray client' })]);
    await append(reserved('held', 'ann'), reserved('free', 'ann'), reserved('held', 'bob'));
    await reached(position!, 'demand');

    expect(await historyOf('held')).toEqual(['BookCatalogued', 'CopyAdded']);
    expect(await historyOf('free')).toEqual(['BookCatalogued', 'CopyAdded', 'BookReserved']);
    const records = await listed('--consumer', 'availability');
    expect(records).toMatchObject([
      { position: formatPosition(position!), bookId: 'held', status: 'dead', behind: 2 },
    ]);
    expect(await listed('--book', 'free')).toEqual([]);
    const shown = await library(environment.env, 'dead-letters', 'show', formatPosition(position!));
    expect(shown.stdout).toContain('origin: a stray client');
    expect(shown.stdout).toContain('6e 6f 74 20 61 76 72 6f');
    const kept = await topic(environment.topics.deadLetters);
    expect(kept.map(({ key, value }) => [String(key), String(value)])).toEqual([['held', 'not avro']]);
  });

  test('is left out for good when it is discarded, and what waited behind it comes in its order', async () => {
    await append(...withCopy('held'));
    const [position] = await environment.appendRecords([garbage('held')]);
    const [first, second] = [reserved('held', 'ann'), reserved('held', 'bob')];
    await append(first, second);
    await reached(position!, 'demand');
    const { code, stdout } = await library(
      environment.env,
      'dead-letters',
      'discard',
      formatPosition(position!),
    );
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(
        'availability, book held: 2 events taken, nothing is held up any more.',
      ) as unknown,
    ]);
    await append(reserved('held', 'cy'));
    const { rows } = await pool.query<{ user_id: string; status: string }>(
      'SELECT user_id, status FROM library.reservations ORDER BY ticket',
    );
    expect(rows).toEqual([
      { user_id: 'ann', status: 'ready' },
      { user_id: 'bob', status: 'waiting' },
      { user_id: 'cy', status: 'waiting' },
    ]);
    expect(await listed()).toEqual([]);
    expect(await listed('--all')).toMatchObject([{ status: 'discarded' }, { status: 'discarded' }]);
    await waitUntil(async () => (await topic(environment.topics.outcomes)).length === 3, {
      what: 'no outcomes',
      timeout: 10_000,
    });
  });

  test('are retried in order while the consumers run, and the view then equals a replay', async () => {
    await append(...withCopy('held'), ...withCopy('free'));
    await refuseCopy('bad');
    await append(
      event('CopyAdded', { bookId: 'held', copyId: 'bad' }),
      reserved('held', 'ann'),
      reserved('held', 'bob'),
    );
    const still = await library(environment.env, 'dead-letters', 'retry', '--book', 'held');
    expect([still.code, still.stdout]).toEqual([1, expect.stringContaining('0 events taken') as unknown]);
    expect(await listed()).toMatchObject([{ consumer: 'availability', status: 'dead', behind: 2 }]);

    await refuseNoCopy();
    const traffic = new AbortController();
    const going = (async () => {
      for (let n = 0; !traffic.signal.aborted; n += 1)
        await environment.append([
          reserved('held', `h${n}`),
          reserved('free', `f${n}`),
          catalogued(`other-${n}`),
        ]);
    })();
    await waitUntil(async () => (await listed())[0]!.behind > 100, {
      what: 'nothing is parked',
      timeout: 20_000,
    });
    const retried = await library(environment.env, 'dead-letters', 'retry', '--all');
    expect([retried.code, retried.stdout]).toEqual([
      0,
      expect.stringContaining('nothing is held up any more') as unknown,
    ]);
    traffic.abort();
    await going;
    await caughtUp(environment, pool);
    expect(await listed()).toEqual([]);
    expect(await viewsIn(pool)).toEqual(await replayFromScratch(environment));
  });

  test('survives kill -9 in the middle of a retry', async () => {
    await append(...withCopy('held'));
    await refuseCopy('bad');
    await append(event('CopyAdded', { bookId: 'held', copyId: 'bad' }));
    const events = Array.from({ length: 3_000 }, (_, n) => reserved('held', `u${n}`));
    for (const position of await environment.append(events)) await reached(position);
    await refuseNoCopy();
    const parked = async () =>
      (await pool.query<{ n: number | null }>('SELECT sum(parked)::int AS n FROM library.held_books'))
        .rows[0]!.n ?? 0;
    const before = await parked();
    const cli = new Cli(['dead-letters', 'retry', '--all'], environment.env);
    await waitUntil(async () => (await parked()) < before, { what: 'no retry', timeout: 10_000, every: 1 });
    await cli.kill('SIGKILL');
    await append(reserved('held', 'late'));
    expect((await library(environment.env, 'dead-letters', 'retry', '--all')).code).toBe(0);
    await caughtUp(environment, pool);
    expect(await parked()).toBe(0);
    expect(await viewsIn(pool)).toEqual(await replayFromScratch(environment));
  });

  test('shows in the figures and in the readiness of the consumers that it holds up', async () => {
    await environment.appendRecords([garbage('held')]);
    await append(...withCopy('held'), ...withCopy('free'));
    const registry = new Registry();
    registerSetAsideGauges(registry, pool, ['availability', 'notices']);
    const figures = await registry.metrics();
    expect(figures).toContain('library_set_aside_records{consumer="availability",status="dead"} 1');
    expect(figures).toContain('library_set_aside_records{consumer="availability",status="parked"} 2');
    expect(figures).toContain('library_books_held_up{consumer="availability"} 1');
    expect(figures).toContain('library_books_held_up{consumer="notices"} 0');
    await expect(assertNothingSetAside(pool, ['availability'])).rejects.toThrow(
      'availability: 1 dead, 2 waiting behind them, 1 book held up. "library dead-letters list" shows them',
    );
    await assertNothingSetAside(pool, ['notices']);
  });

  test('wrong usage and missing records are reported', async () => {
    expect(await library(environment.env, 'dead-letters', 'retry')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a position, --book, or --all') as unknown,
    });
    expect((await library(environment.env, 'dead-letters', 'show', 'x')).code).toBe(2);
    expect(await library(environment.env, 'dead-letters', 'discard', '3:999')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No dead letter at 3:999') as unknown,
    });
    expect(await library(environment.env, 'dead-letters', 'retry', '--all')).toMatchObject({ code: 0 });
  });
});
