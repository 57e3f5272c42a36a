import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { waitUntil } from '../../infra/local/wait';
import type { LibraryEvent } from '../../schemas/generated/events';
import { hashOf } from '../../schemas/forgotten/erasure';
import { Cli, library } from '../cli';
import { event } from '../environment';
import { LockHolder, ReplayEnvironment, succeeds } from '../replays/replays';

const PERSON = 'patron.4711';

/** A book with so many copies. */
const shelf = (bookId: string, copies: number): LibraryEvent[] => [
  event('BookCatalogued', { bookId, title: bookId, authors: [], isbn: null, year: null }),
  ...Array.from({ length: copies }, (_, n) => event('CopyAdded', { bookId, copyId: `c${n}` })),
];

const reserve = (bookId: string, userId: string, reservationId = uuidv7()) =>
  event('BookReserved', { bookId, userId, reservationId });

const closedOne = uuidv7();

/** What the person has done: read a book, lost a place, been refused; one copy is set aside for them, and they wait for another. */
const story = (): LibraryEvent[] => [
  ...['read', 'ready', 'waited', 'cancelled'].flatMap((bookId) => shelf(bookId, 1)),
  reserve('read', PERSON),
  event('CopyBorrowed', { bookId: 'read', copyId: 'c0', userId: PERSON }),
  event('CopyReturned', { bookId: 'read', copyId: 'c0' }),
  reserve('ready', PERSON),
  reserve('ready', 'next'),
  reserve('waited', 'first'),
  reserve('waited', PERSON),
  reserve('waited', 'last'),
  reserve('cancelled', PERSON, closedOne),
  cancelByPerson('cancelled', closedOne),
  reserve('cancelled', 'other', uuidv7()),
  reserve('unknown', PERSON),
];

const cancelByPerson = (bookId: string, reservationId: string) =>
  event('ReservationCancelled', { bookId, reservationId, userId: PERSON, reason: null });

describe('a person who is forgotten', () => {
  let replays: ReplayEnvironment;

  beforeAll(async () => {
    replays = await ReplayEnvironment.create();
  }, 60_000);

  afterAll(() => replays.close());

  const run = (...args: string[]) => library(replays.environment.env, ...args);

  /** Where the person is named in the database: in any column of any table of any schema, as text or in bytes. */
  async function placesInPostgres(): Promise<string[]> {
    const { rows: columns } = await replays.pool.query<{ schema: string; name: string; column: string }>(
      `SELECT c.table_schema AS schema, c.table_name AS name, c.column_name AS column FROM information_schema.columns c
         JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    const bytes = Buffer.from(PERSON);
    for (const { schema, name, column } of columns) {
      const { rows } = await replays.pool.query<{ value: string }>(
        `SELECT "${column}"::text AS value FROM "${schema}"."${name}" WHERE "${column}" IS NOT NULL`,
      );
      const isNamed = ({ value }: { value: string }) =>
        value.includes(PERSON) ||
        value.includes(bytes.toString('hex')) ||
        base64In(value).some((text) => text.includes(PERSON));
      if (rows.some(isNamed)) found.push(`${schema}.${name}.${column}`);
    }
    const { rows: statistics } = await replays.pool.query<{ name: string }>(
      `SELECT DISTINCT schemaname || '.' || tablename AS name FROM pg_stats WHERE position($1 IN coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '')) > 0`,
      [PERSON],
    );
    return [...found, ...statistics.map(({ name }) => `statistics of ${name}`)].sort();
  }

  async function exported(...args: string[]): Promise<string> {
    return (await succeeds(run('events', ...args))).stdout;
  }

  test('is in no table, rebuild, view of the past, export or notice any more, whatever is killed when; and the views stay right', async () => {
    const { environment, pool } = replays;
    await replays.start('availability', 'demand', 'notices');
    await environment.append(story());
    // A dead letter with their name, which was discarded; the record says in a header who acted.
    const encoded = environment.encode(reserve('read', PERSON));
    const headers = { ...encoded.headers, ce_authtype: 'user', ce_authid: PERSON };
    const [dead] = await environment.appendRecords([
      { ...encoded, key: 'read', value: Buffer.from(`garbage of ${PERSON}`), headers },
    ]);
    await environment.appendRecords([
      { ...environment.encode(reserve('other', PERSON)), headers, key: 'other' },
    ]);
    await replays.caughtUp();
    await succeeds(run('as-of', `@${new Date().toISOString()}`, '--schema', 'that_day'));
    expect(await placesInPostgres()).toEqual(
      expect.arrayContaining(
        [
          'copies.user_id',
          'dead_letters.value',
          'history.data',
          'notices.user_id',
          'reservations.user_id',
        ].flatMap((place) => [`library.${place}`, `that_day.${place}`]),
      ),
    );

    const refused = await run('forget', PERSON);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`${dead!.partition}:${dead!.offset}`);
    await succeeds(run('dead-letters', 'discard', `${dead!.partition}:${dead!.offset}`));
    await replays.caughtUp();

    // Killed when it is recorded, and nothing was taken out yet: a row that has to be changed is locked.
    const holder = await LockHolder.begin(
      replays,
      'a-reader',
      `SELECT FROM library.reservations WHERE status = 'rejected' FOR UPDATE`,
    );
    const killed = new Cli(['forget', PERSON], environment.env);
    const sees = (text: string) =>
      waitUntil(() => killed.stderr.includes(text) || killed.child.exitCode !== null, {
        what: `it did not say ${text}`,
        timeout: 60_000,
        every: 20,
      });
    await sees('It is recorded');
    await killed.kill('SIGKILL');
    await holder.end();
    // The person tries to cancel once more what is closed: they are not known to own it.
    await environment.append([cancelByPerson('cancelled', closedOne)]);
    await replays.caughtUp();

    expect(await placesInPostgres()).toContain('library.reservations.user_id');
    expect((await succeeds(run('forget', PERSON))).stderr).toContain('this one completes it');
    await replays.caughtUp();
    const { rows: history } = await pool.query<{ code: string; user: string }>(
      `SELECT code, data->>'userId' AS user FROM library.history WHERE data->>'reservationId' = $1 ORDER BY "offset" DESC LIMIT 1`,
      [closedOne],
    );
    expect(history).toEqual([{ code: 'not-owner', user: PERSON }]);
    // What was done under the ID since is a new person's; that one is forgotten as well.
    const isData = (place: string) => !place.startsWith('statistics');
    expect((await placesInPostgres()).filter(isData)).toEqual(['library.history.data']);
    await succeeds(run('forget', PERSON));
    expect(await placesInPostgres()).toEqual([]);

    const { stdout: verdicts } = await succeeds(run('verify'));
    expect(verdicts.match(/: equal/g)).toHaveLength(3);
    for (const view of ['availability', 'notices']) await succeeds(run('rebuild', view));
    await succeeds(run('as-of', `@${new Date().toISOString()}`, '--schema', 'today'));
    expect(await placesInPostgres()).toEqual([]);
    for (const topic of ['reservations', 'outcomes', 'dead-letters'])
      expect(everyText(await exported('--topic', topic))).not.toContain(PERSON);
    const folder = await mkdtemp(join(tmpdir(), 'forget-'));
    const file = join(folder, 'events.parquet');
    await exported('--format', 'parquet', '--output', file);
    expect((await readFile(file)).includes(PERSON)).toBe(false);
    await rm(folder, { recursive: true });

    // Their copy went to the next in the queue, and whoever waited behind them moved up.
    const { rows: open } = await pool.query<object>(
      `SELECT book_id, user_id, status FROM library.reservations WHERE status IN ('waiting', 'ready') ORDER BY book_id, ticket`,
    );
    expect(open).toEqual([
      { book_id: 'cancelled', user_id: 'other', status: 'ready' },
      { book_id: 'ready', user_id: 'next', status: 'ready' },
      { book_id: 'waited', user_id: 'first', status: 'ready' },
      { book_id: 'waited', user_id: 'last', status: 'waiting' },
    ]);
    // Their name is another in each book, and the same within one.
    const { rows: names } = await pool.query<{ book_id: string; user_id: string }>(
      `SELECT DISTINCT book_id, user_id FROM library.reservations WHERE user_id LIKE 'forgotten~%'`,
    );
    expect(new Set(names.map(({ book_id: bookId }) => bookId)).size).toBe(names.length);
    expect(new Set(names.map(({ user_id: userId }) => userId)).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(4);

    // The ID may be used by somebody else: a new person, of whom all is known, and nothing of the old one.
    await environment.append([reserve('read', PERSON)]);
    await replays.caughtUp();
    const { rows: again } = await pool.query<object>(
      `SELECT book_id, status FROM library.reservations WHERE user_id = $1`,
      [PERSON],
    );
    expect(again).toEqual([{ book_id: 'read', status: 'ready' }]);
    expect(everyText(await exported('--user', PERSON)).match(/BookReserved/g)?.length).toBeGreaterThan(0);
    await succeeds(run('verify', 'availability'));
    await environment.append([event('CopyBorrowed', { bookId: 'read', copyId: 'c0', userId: PERSON })]);
    await replays.caughtUp();
    const onLoan = await run('forget', PERSON);
    expect(onLoan).toMatchObject({ code: 1 });
    expect(onLoan.stderr).toContain('copy c0 of book read');
    expect((await succeeds(run('forget', 'nobody'))).stdout).toContain('Nothing is known');

    // On the topic of those who were forgotten is no user ID, but a hash of it.
    const keys: string[] = [];
    for await (const { records } of environment.log.read(environment.topics.forgotten, {
      ranges: await environment.log.bounds(environment.topics.forgotten),
    }))
      for (const { key, value } of records) {
        keys.push(String(key));
        expect(String(value)).not.toContain(PERSON);
      }
    expect(new Set(keys)).toEqual(new Set([hashOf(PERSON)]));
  }, 240_000);
});

/** The texts that stand in Base64 in a text. */
function base64In(text: string): string[] {
  return (text.match(/[A-Za-z0-9+/]{8,}={0,2}/g) ?? []).map((each) => Buffer.from(each, 'base64').toString());
}

/** A text with all that stands in Base64 in it. */
const everyText = (text: string) => [text, ...base64In(text)].join('\n');
