import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { waitUntil } from '../../infra/local/wait';
import type { LibraryEvent } from '../../schemas/generated/events';
import { Cli, library } from '../../test/cli';
import { RoleProcess } from '../../test/e2e/role-process';
import { caughtUp, viewsIn } from '../../test/faults/replay';
import { event, createTestEnvironment, type TestEnvironment } from '../../test/environment';

const BOOKS = 40;

describe('views made anew from the stream', () => {
  let environment: TestEnvironment;
  let pool: Pool;
  let roles: RoleProcess[] = [];

  beforeEach(async () => {
    environment = await createTestEnvironment();
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
  });

  afterEach(async () => {
    await Promise.all(roles.map((role) => role.stop()));
    roles = [];
    await pool.end();
    await environment.close();
  });

  const start = async (...names: string[]) => {
    roles.push(...(await Promise.all(names.map((name) => RoleProcess.start([name], environment.env)))));
  };

  /** Books with two copies each, and readers who want them; some change their minds. */
  function* story(from = 0): Generator<LibraryEvent> {
    for (let n = 0; n < BOOKS; n += 1) {
      const bookId = `book-${n}`;
      yield event('BookCatalogued', { bookId, title: `T${n}`, authors: ['A'], isbn: null, year: 1851 });
      for (const copyId of ['c1', 'c2']) yield event('CopyAdded', { bookId, copyId });
    }
    for (let n = from; ; n += 1) {
      const bookId = `book-${n % BOOKS}`;
      const [userId, reservationId] = [`u${n}`, uuidv7()];
      yield event('BookReserved', { bookId, userId, reservationId });
      if (n % 3 === 0) yield event('ReservationCancelled', { bookId, reservationId, userId, reason: null });
      if (n % 7 === 0) yield event('CopyBorrowed', { bookId, copyId: 'c1', userId });
      if (n % 11 === 0) yield event('CopyReturned', { bookId, copyId: 'c1' });
    }
  }
  const take = (events: Iterator<LibraryEvent>, count: number) =>
    Array.from({ length: count }, () => events.next().value as LibraryEvent);

  async function allCaughtUp(): Promise<void> {
    await caughtUp(environment, pool);
    await waitUntil(
      async () => {
        const { rows } = await pool.query<{ outbox: number }>(
          'SELECT count(*)::int AS outbox FROM library.outbox',
        );
        const { stdout } = await library(environment.env, 'lag', '--json');
        const lags = JSON.parse(stdout) as { lag: number }[];
        return rows[0]!.outbox === 0 && lags.every(({ lag }) => lag === 0);
      },
      { what: 'the consumers did not catch up', timeout: 30_000 },
    );
  }

  async function outcomeIds(): Promise<string[]> {
    const ids: string[] = [];
    const topic = environment.topics.outcomes;
    for await (const { records } of environment.log.read(topic, {
      ranges: await environment.log.bounds(topic),
    }))
      ids.push(...records.map(({ headers }) => String(headers['ce_id'])));
    return ids;
  }

  /** Reads a book over and over; resolves with what went wrong once it is told to stop. */
  function reading(signal: AbortSignal): Promise<string[]> {
    return (async () => {
      const wrong: string[] = [];
      const reader = createPool(environment.config.DATABASE_URL, createLogger('silent'), { max: 1 });
      let last = 0;
      while (!signal.aborted) {
        try {
          const { rows } = await reader.query<{ events: string; books: number }>({
            name: 'read',
            text: `SELECT (SELECT count(*) FROM library.history) AS events, (SELECT count(*)::int FROM library.books) AS books`,
          });
          if (Number(rows[0]!.events) < last) wrong.push(`back from ${last} to ${rows[0]!.events}`);
          if (rows[0]!.books < BOOKS) wrong.push(`only ${rows[0]!.books} books`);
          last = Number(rows[0]!.events);
        } catch (error) {
          wrong.push((error as Error).message);
        }
        await delay(1);
      }
      await reader.end();
      return wrong;
    })();
  }

  test('a rebuilt view takes the live one’s place under load: reads go on, and nobody is told anything twice', async () => {
    await start('availability', 'demand', 'notices');
    const events = story();
    await environment.append(take(events, 4_000));
    await allCaughtUp();
    await pool.query(`UPDATE library.books SET title = 'damaged'`);
    await pool.query(`UPDATE library.demand_daily SET reservations = 0`);
    expect((await library(environment.env, 'verify')).code).toBe(1);

    const stop = new AbortController();
    const read = reading(stop.signal);
    const writing = (async () => {
      while (!stop.signal.aborted) await environment.append(take(events, 20));
    })();
    const rebuilds = await Promise.all(
      ['availability', 'demand', 'notices'].map((view) => library(environment.env, 'rebuild', view)),
    );
    expect(rebuilds.map(({ code, stderr }) => [code, /error|fail/i.test(stderr)])).toEqual([
      [0, false],
      [0, false],
      [0, false],
    ]);
    stop.abort();
    await writing;
    expect(await read).toEqual([]);

    await allCaughtUp();
    const verified = await library(environment.env, 'verify');
    expect([verified.code, verified.stdout]).toEqual([
      0,
      expect.stringMatching(/availability: equal.*\n.*demand: equal.*\n.*notices: equal/) as unknown,
    ]);
    const ids = await outcomeIds();
    const { rows } = await pool.query<{ ready: number }>(
      `SELECT count(*)::int AS ready FROM library.history WHERE type = 'BookReserved'`,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(rows[0]!.ready);
    const notices = await pool.query(`SELECT FROM library.notices WHERE status <> 'delivered'`);
    expect(notices.rowCount).toBe(0);
  }, 120_000);

  test('what the live view had not come to yet is told when the rebuilt one takes its place', async () => {
    await start('availability');
    const events = story();
    await environment.append(take(events, 1_000));
    await allCaughtUp();
    await Promise.all(roles.map((role) => role.kill()));
    await environment.append(take(events, 1_000));
    expect((await library(environment.env, 'rebuild', 'availability')).code).toBe(0);
    expect((await library(environment.env, 'verify', 'availability')).code).toBe(0);
    await start('availability');
    await allCaughtUp();
    const ids = await outcomeIds();
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM library.history WHERE type = 'BookReserved'`,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(rows[0]!.n);
  }, 60_000);

  test('a projector at work forgets the books as the view before had them', async () => {
    await environment.append(take(story(), 500));
    await start('availability');
    await allCaughtUp();
    await Promise.all(roles.map((role) => role.stop()));
    await pool.query(`DELETE FROM library.copies WHERE book_id = 'book-3'`);
    await pool.query(
      `UPDATE library.reservations SET status = 'expired', copy_id = NULL WHERE book_id = 'book-3'`,
    );
    roles = [await RoleProcess.start(['availability'], environment.env)];
    const wish = (userId: string) =>
      event('BookReserved', { bookId: 'book-3', userId, reservationId: uuidv7() });
    await environment.append([wish('before')]);
    await allCaughtUp();
    expect((await library(environment.env, 'rebuild', 'availability')).code).toBe(0);
    await environment.append([wish('after'), event('CopyWithdrawn', { bookId: 'book-3', copyId: 'c2' })]);
    await allCaughtUp();
    expect(await library(environment.env, 'verify', 'availability')).toMatchObject({ code: 0 });
  });

  test('killed at any point, a rebuild leaves the live view as it was, and the next one goes through', async () => {
    await start('availability');
    await environment.append(take(story(), 6_000));
    await allCaughtUp();
    const before = await viewsIn(pool);
    let swapped = 0;
    for (const after of [300, 700, 1_000, 1_300, 1_600, 2_000]) {
      const cli = new Cli(['rebuild', 'availability'], environment.env);
      await delay(after);
      const { code } = await cli.kill('SIGKILL');
      if (code === 0) swapped += 1;
      expect(await viewsIn(pool)).toEqual(before);
    }
    expect(swapped).toBeLessThan(6);
    expect((await library(environment.env, 'rebuild', 'availability')).code).toBe(0);
    expect(await viewsIn(pool)).toEqual(before);
    const [more] = await environment.append([
      event('BookReserved', { bookId: 'book-1', userId: 'late', reservationId: uuidv7() }),
    ]);
    expect(more).toBeDefined();
    await allCaughtUp();
    expect((await viewsIn(pool)).history).toHaveLength(before.history.length + 1);
    const { rowCount } = await pool.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'library_rebuild%'`);
    expect(rowCount).toBe(0);
  }, 120_000);

  test('a second rebuild at the same time is refused', async () => {
    await environment.append(take(story(), 6_000));
    const first = new Cli(['rebuild', 'availability'], environment.env);
    await waitUntil(
      async () =>
        (await pool.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'library_rebuild%'`)).rowCount === 1,
      { what: 'the first did not begin', timeout: 10_000, every: 5 },
    );
    const second = await library(environment.env, 'rebuild', 'availability');
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is running already') as unknown,
    });
    expect((await first.done).code).toBe(0);
  });

  test('Ctrl-C ends a rebuild with 130 and leaves nothing behind', async () => {
    await environment.append(take(story(), 6_000));
    const cli = new Cli(['rebuild', 'availability'], environment.env);
    await waitUntil(
      async () =>
        (await pool.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'library_rebuild%'`)).rowCount === 1,
      { what: 'it did not begin', timeout: 10_000, every: 5 },
    );
    expect(await cli.kill('SIGINT')).toMatchObject({ code: 130 });
    const { rowCount } = await pool.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'library_rebuild%'`);
    expect(rowCount).toBe(0);
  });

  test('the views of the past are as they were, and an analyst may read them and nothing else', async () => {
    await start('availability', 'demand', 'notices');
    const events = story();
    await environment.append(take(events, 600));
    await allCaughtUp();
    const then = await viewsIn(pool);
    const before = Date.now();
    await waitUntil(() => Date.now() > before, { what: 'time stood still', timeout: 1_000, every: 1 });
    const at = new Date().toISOString();
    await environment.append(take(events, 600));
    await allCaughtUp();

    const made = await library(environment.env, 'as-of', `@${at}`, '--schema', 'that_day');
    expect(made).toMatchObject({ code: 0, stdout: `The views as of ${at} are in the schema that_day.\n` });
    expect(await viewsIn(pool, 'that_day')).toEqual(then);
    const { rows } = await pool.query<{ table_name: string }>(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = 'that_day' ORDER BY 1`,
    );
    expect(rows.map(({ table_name: name }) => name)).toEqual([
      ...[
        'books',
        'copies',
        'dead_letters',
        'demand_daily',
        'history',
        'notices',
        'progress',
        'reservations',
      ],
    ]);
    // Again under the same name: it is one of ours.
    expect((await library(environment.env, 'as-of', `@${at}`, '--schema', 'that_day')).code).toBe(0);

    const analyst = new Client({ connectionString: environment.config.DATABASE_URL });
    await analyst.connect();
    await analyst.query('SET ROLE library_analyst');
    expect((await analyst.query('SELECT * FROM that_day.books')).rowCount).toBe(BOOKS);
    expect((await analyst.query('SELECT * FROM library.reservations')).rowCount).toBeGreaterThan(0);
    await expect(analyst.query('DELETE FROM that_day.books')).rejects.toThrow('permission denied');
    await expect(analyst.query('DELETE FROM library.books')).rejects.toThrow('permission denied');
    await analyst.end();
  }, 60_000);

  test('a schema that is not ours is not touched', async () => {
    await pool.query('CREATE SCHEMA theirs');
    for (const schema of ['theirs', 'library', 'public', 'Nope; DROP'])
      expect((await library(environment.env, 'as-of', '@-1h', '--schema', schema)).code).toBe(2);
    expect((await library(environment.env, 'as-of', 'yesterday-ish', '--schema', 'x')).code).toBe(2);
    expect((await library(environment.env, 'rebuild', 'nothing')).code).toBe(2);
  });

  test('a view as it was, made for looking at, does not take the place of one that knows more', async () => {
    await start('availability');
    const events = story();
    await environment.append(take(events, 500));
    await allCaughtUp();
    const at = Date.now() + 1;
    await waitUntil(() => Date.now() > at, { what: 'time stood still', timeout: 1_000, every: 1 });
    await environment.append(take(events, 500));
    await allCaughtUp();
    const live = await viewsIn(pool);
    const { code, stdout } = await library(environment.env, 'rebuild', 'availability', '--until', `@${at}`);
    expect([code, stdout]).toEqual([0, expect.stringContaining('library_rebuild_availability') as unknown]);
    expect(await viewsIn(pool)).toEqual(live);
    expect((await viewsIn(pool, 'library_rebuild_availability')).history).toHaveLength(500);
  });

  test('verification names the first book that differs, and what differs', async () => {
    await start('availability');
    await environment.append(take(story(), 500));
    await allCaughtUp();
    await pool.query(
      `UPDATE library.copies SET user_id = 'mallory' WHERE book_id = 'book-7' AND status = 'reserved'`,
    );
    await pool.query(`DELETE FROM library.history WHERE book_id = 'book-9'`);
    const { code, stdout } = await library(environment.env, 'verify', 'availability');
    expect(code).toBe(1);
    expect(stdout).toContain('availability: 2 of');
    expect(stdout).toContain('first: book book-7, table copies, then book-9');
    expect(stdout).toMatch(/only in the live view: .*mallory/);
  });

  test('a replay counts with the pickup windows that counted then', async () => {
    const events = story();
    await environment.append(take(events, 300));
    await start('availability');
    await allCaughtUp();
    await Promise.all(roles.map((role) => role.stop()));
    roles = [await RoleProcess.start(['availability'], { ...environment.env, PICKUP_WINDOW: '3d' })];
    await environment.append(take(events, 300));
    await allCaughtUp();
    const env = { ...environment.env, PICKUP_WINDOW: '12h' };
    expect((await library(env, 'verify', 'availability')).stdout).toContain('availability: equal');
    const before = await viewsIn(pool);
    expect((await library(env, 'rebuild', 'availability')).code).toBe(0);
    expect(await viewsIn(pool)).toEqual(before);
  });
});
