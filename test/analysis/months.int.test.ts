import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { readCatalogue, readWishes } from '../../app/demo/data';
import { eventsOfMonths } from '../../app/demo/months';
import { library } from '../cli';
import { ReplayEnvironment, succeeds } from '../replays/replays';

jest.setTimeout(120_000);

const BOOKS = 30;
const WISHES = 2_400;
const END = Date.UTC(2026, 9, 31);

describe('the worked analysis, on 18 months of the demo', () => {
  let replays: ReplayEnvironment;
  let local: string;

  beforeAll(async () => {
    local = await mkdtemp(path.join(tmpdir(), 'library-months-'));
    replays = await ReplayEnvironment.create();
    await replays.start('availability', 'demand');
    const books = await readCatalogue(BOOKS);
    const known = new Set(books.map(({ bookId }) => bookId));
    const wishes = await readWishes(({ bookId }) => known.has(bookId), WISHES);
    await replays.environment.append(eventsOfMonths(books, wishes, END));
    await replays.caughtUp();
  });
  afterAll(async () => {
    await replays.close();
    if (!process.env.KEEP) await rm(local, { recursive: true });
  });

  const sql = async (query: string) =>
    JSON.parse(
      (
        await succeeds(
          library({ ...replays.environment.env, LOCAL_DIR: local }, 'sql', '--format', 'json', query),
        )
      ).stdout,
    ) as Record<string, unknown>[];

  test('draws demand, waiting times and what one more copy would have saved', async () => {
    const { stdout } = await promisify(execFile)('examples/analysis/run.sh', [path.join(local, 'pictures')], {
      env: { ...process.env, ...replays.environment.env, LOCAL_DIR: local },
    });
    const pictures = stdout.trim().split('\n');
    expect(pictures.map((file) => path.basename(file))).toEqual([
      'demand-by-month.svg',
      'second-copy.svg',
      'waiting-times.svg',
    ]);
    const [demand, copies, waiting] = await Promise.all(pictures.map((file) => readFile(file, 'utf8')));
    expect(demand).toContain('>Reservations by month<');
    expect(demand!.match(/>[A-Z][a-z]{2} 20\d\d</g)).toHaveLength(18);
    expect(copies).toContain('>with one more copy<');
    expect(waiting).toContain('>at once<');
  });

  test('the views of analysts have titles, and tell refused events from the others', async () => {
    const { rows } = await replays.pool.query<Record<string, number>>(
      `SELECT count(*) FILTER (WHERE effective)::int AS took, count(*) FILTER (WHERE NOT effective AND code = 'already-reserved')::int AS refused,
              count(*) FILTER (WHERE effective <> (code IS NULL) OR title IS NULL)::int AS wrong
         FROM library_analysis.book_history WHERE type = 'BookReserved'`,
    );
    expect(rows[0]!['refused']).toBeGreaterThan(0);
    expect(rows[0]!['wrong']).toBe(0);
    const query = `SELECT count(*) FILTER (WHERE effective)::INT AS took, count(*) FILTER (WHERE NOT effective)::INT AS refused FROM book_reservations`;
    expect(await sql(query)).toEqual([{ took: rows[0]!['took'], refused: rows[0]!['refused'] }]);
    const daily = await sql(
      'SELECT sum(reservations)::INT AS took, count(title) = count(*) AS titled FROM book_demand',
    );
    expect(daily).toEqual([{ took: rows[0]!['took'], titled: true }]);
  });

  test('an analyst finds them without naming a schema, and sees nothing that is for the engine', async () => {
    const client = await replays.pool.connect();
    try {
      const { rows: settings } = await client.query<{ setconfig: string[] }>(
        `SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'library_analyst'::regrole
            AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      expect(settings).toEqual([{ setconfig: ['search_path=library_analysis, library'] }]);
      await client.query(
        'BEGIN; SET LOCAL ROLE library_analyst; SET LOCAL search_path = library_analysis, library',
      );
      const { rows, fields } = await client.query('SELECT * FROM books LIMIT 1');
      expect(rows).toHaveLength(1);
      expect(fields.map(({ name }) => name)).not.toContain('queue_places');
      for (const view of ['book_history', 'book_reservations', 'book_demand'])
        expect((await client.query(`SELECT title FROM ${view} LIMIT 1`)).rows).toHaveLength(1);
      const { rows: plan } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT * FROM book_history WHERE book_id = '1'`,
      );
      expect(plan.map((line) => line['QUERY PLAN']).join('\n')).not.toContain('Function Scan');
      await client.query('ROLLBACK');
      const { rows: silent } = await client.query(
        `SELECT a.attrelid::regclass, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          WHERE c.relnamespace = 'library_analysis'::regnamespace AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL`,
      );
      expect(silent).toEqual([]);
    } finally {
      client.release();
    }
  });
});
