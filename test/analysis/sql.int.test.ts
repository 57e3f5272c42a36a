import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { ForgottenUsers } from '../../schemas/forgotten/forgotten-users';
import { library, type CliResult } from '../cli';
import { ReplayEnvironment, story, succeeds, take } from '../replays/replays';

jest.setTimeout(120_000);

const EVENTS = 1_500;

describe('library sql', () => {
  let replays: ReplayEnvironment;
  let local: string;

  beforeAll(async () => {
    local = await mkdtemp(path.join(tmpdir(), 'library-sql-'));
    replays = await ReplayEnvironment.create();
    await replays.start('availability', 'demand');
    await replays.environment.append(take(stream, EVENTS));
    await replays.caughtUp();
  });
  afterAll(async () => {
    await replays.close();
    await rm(local, { recursive: true });
  });

  const stream = story();
  const run = (...args: string[]): Promise<CliResult> =>
    library({ ...replays.environment.env, LOCAL_DIR: local }, 'sql', ...args);
  const rowsOf = async (...args: string[]) =>
    JSON.parse((await succeeds(run('--format', 'json', ...args))).stdout) as Record<string, unknown>[];
  const cacheFiles = async () =>
    (await readdir(path.join(local, 'analysis'), { recursive: true })).filter((name) =>
      name.endsWith('.duckdb'),
    );

  test('joins the stream with the views, under the names of the API and under those of Postgres', async () => {
    const joined = await rowsOf(
      `SELECT title, count(*) AS wanted FROM events JOIN books USING (bookId) WHERE type = 'BookReserved' GROUP BY title ORDER BY wanted DESC, title`,
    );
    expect(joined).toHaveLength(40);
    const { rows } = await replays.pool.query(
      `SELECT title, count(*)::int AS wanted FROM library.history JOIN library.books USING (book_id) WHERE type = 'BookReserved' GROUP BY title ORDER BY wanted DESC, title COLLATE "C"`,
    );
    expect(joined).toEqual(rows);
    expect(
      await rowsOf(`SELECT b.book_id, on_loan FROM books b JOIN events e ON e.bookId = b.book_id LIMIT 1`),
    ).toEqual([
      { book_id: expect.stringMatching(/^book-/) as string, on_loan: expect.any(Number) as number },
    ]);
    expect(await rowsOf(`SELECT * FROM books WHERE bookId = 'book-1'`)).toEqual([
      expect.objectContaining({ bookId: 'book-1', authors: ['A'], isbn: null, year: 1851 }),
    ]);
    expect(
      await rowsOf(
        `SELECT data->>'copyId' AS copy, code FROM library.history WHERE book_id = 'book-1' AND type = 'CopyAdded' AND code IS NULL ORDER BY copy LIMIT 1`,
      ),
    ).toEqual([{ copy: 'c1', code: null }]);
  });

  test('keeps what it has read, reads what is new, and reads anew when told to', async () => {
    const count = async (...args: string[]) => (await rowsOf('SELECT count(*) AS n FROM events', ...args))[0];
    await count();
    expect(await cacheFiles()).toHaveLength(1);
    expect((await run('SELECT 1 FROM events LIMIT 1')).stderr).not.toContain('Reading');
    await replays.environment.append(take(stream, 500));
    expect(await count()).toEqual({ n: EVENTS + 500 });
    expect(await count('--to', '3')).toEqual({ n: 36 });
    expect(await count('--from', '-1')).toEqual({ n: 12 });
    expect(await count('--from', 'end')).toEqual({ n: 0 });
    expect(await count('--from', '@-1h', '--to', '@2020-01-01')).toEqual({ n: 0 });
    // Side by side, from nothing.
    await rm(path.join(local, 'analysis'), { recursive: true });
    expect(await Promise.all([count(), count()])).toEqual([{ n: EVENTS + 500 }, { n: EVENTS + 500 }]);
    expect(await count('--anew')).toEqual({ n: EVENTS + 500 });
    expect(
      (await readdir(path.join(local, 'analysis'))).filter((name) => name.startsWith('session-')),
    ).toEqual([]);
  });

  test('a reader who was forgotten is not in it any more, whatever was cached before', async () => {
    const [reader] = await rowsOf(
      'SELECT userId, count(*) AS n FROM events WHERE userId IS NOT NULL GROUP BY userId ORDER BY n DESC, userId LIMIT 1',
    );
    const count = () =>
      rowsOf(`SELECT count(*) AS n FROM events WHERE userId = '${String(reader!['userId'])}'`);
    expect(await count()).toEqual([{ n: reader!['n'] }]);
    const { log, topics } = replays.environment;
    const upTo = (await log.bounds(topics.reservations)).map(({ end }) => end);
    await new ForgottenUsers(log, topics.forgotten).store(String(reader!['userId']), [
      { id: randomUUID(), at: new Date().toISOString(), reservations: upTo, outcomes: [], done: true },
    ]);
    expect(await count()).toEqual([{ n: 0 }]);
    expect(await cacheFiles()).toHaveLength(1);
  });

  test('writes the same columns as the Parquet export, in every format', async () => {
    const exported = path.join(local, 'events.parquet');
    await succeeds(library(replays.environment.env, 'events', '--format', 'parquet', '--output', exported));
    const file = path.join(local, 'query.parquet');
    await succeeds(run('--format', 'parquet', '--output', file, 'SELECT * FROM events;'));
    const [theirs, ours] = await Promise.all([exported, file].map(parquetRows));
    expect(Object.keys(ours![0]!)).toEqual(Object.keys(theirs![0]!));
    expect(ours).toEqual(theirs);

    const one = `SELECT 'a|b' AS "text", 1.50 AS "decimal", sum(9007199254740993) AS big, TIMESTAMPTZ '2026-03-01 09:30:00.007Z' AS at, ['x'] AS list, NULL AS none`;
    const written = async (format: string) => (await succeeds(run('--format', format, one))).stdout;
    expect(await written('csv')).toBe(
      'text,decimal,big,at,list,none\na|b,1.50,9007199254740993,2026-03-01T09:30:00.007Z,"[""x""]",\n',
    );
    expect(await written('json')).toBe(
      '[\n{"text":"a|b","decimal":1.50,"big":9007199254740993,"at":"2026-03-01T09:30:00.007Z","list":["x"],"none":null}\n]\n',
    );
    expect(await written('md')).toContain('| a\\|b | 1.50 | 9007199254740993 |');
    expect(await written('table')).toMatch(
      /^text {2}decimal {15}big .*\na\|b {6}1\.50 {2}9007199254740993 {2}2026/,
    );
    const plot = await succeeds(run('--plot', `SELECT * FROM (VALUES ('few', 1), ('many', 10))`));
    expect(plot.stdout).toMatch(/^few +╢█+ 1\nmany +╢█+ 10\n/);
  });

  test('says what is wrong with a query, and lets none reach files, network or settings', async () => {
    const wrong = await run('SELECT * FROM event');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toMatch(
      /Catalog Error: Table with name event does not exist![^]*The tables are events, outcomes, dead_letters, books/,
    );
    expect((await run('SELECT nope FROM events')).stderr).toMatch(/"nope" not found/);
    expect(await run('SELEC 1')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Parser Error/) as string,
    });
    for (const query of [
      `SELECT * FROM read_csv('/etc/passwd')`,
      `COPY (SELECT 1) TO '${local}/stolen.csv'`,
      `ATTACH '${local}/other.duckdb'`,
      'INSTALL httpfs',
      'SET enable_external_access = true',
    ])
      expect({ query, ...(await run(query)) }).toMatchObject({ code: 1, stdout: '' });
    for (const args of [
      [''],
      ['--format', 'xml', 'SELECT 1'],
      ['--from', 'nowhere', 'SELECT 1'],
      ['--plot', '--format', 'csv', 'SELECT 1'],
    ])
      expect((await run(...args)).code).toBe(2);
  });

  test('every table and column of Postgres says what it is', async () => {
    const { rows } = await replays.pool.query(
      `SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'library'::regnamespace AND c.relkind = 'r'
          AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)`,
    );
    expect(rows).toEqual([]);
  });

  test('leaves the offsets of the consumers, and the views, as they are', async () => {
    const before = await replays.pool.query('SELECT * FROM library.progress ORDER BY consumer, partition');
    expect(
      (await run('CREATE TABLE books AS SELECT 1; DROP TABLE books; UPDATE progress SET nextOffset = 0'))
        .code,
    ).toBe(0);
    const after = await replays.pool.query('SELECT * FROM library.progress ORDER BY consumer, partition');
    expect(after.rows).toEqual(before.rows);
  });
});

async function parquetRows(file: string): Promise<Record<string, unknown>[]> {
  expect((await readFile(file)).subarray(0, 4).toString()).toBe('PAR1');
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) });
  return rows.sort((a, b) => String(a['position']).localeCompare(String(b['position'])));
}
