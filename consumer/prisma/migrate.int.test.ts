import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/servers';
import { migrate, readMigrations, type Migration } from './migrate';

const MIGRATIONS = readMigrations('consumer/prisma/migrations');

describe('the migrations', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(() => database.drop());

  async function query<T extends object>(sql: string): Promise<T[]> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  test('are applied once, also when several deploys run at the same time', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url, MIGRATIONS)));
    expect(applied.flat()).toEqual(MIGRATIONS.map(({ name }) => name));
    expect(await migrate(database.url, MIGRATIONS)).toEqual([]);
    const entries = await query<{ migration_name: string; checksum: string }>(
      'SELECT migration_name, checksum FROM public._prisma_migrations ORDER BY migration_name',
    );
    expect(entries).toEqual(MIGRATIONS.map(({ name, checksum }) => ({ migration_name: name, checksum })));
  });

  test('that fail leave nothing of themselves behind', async () => {
    const broken: Migration = { name: '2', sql: 'CREATE TABLE half (); SELECT 1/0', checksum: 'x' };
    const good: Migration = { name: '1', sql: 'CREATE TABLE whole ()', checksum: 'y' };
    await expect(migrate(database.url, [good, broken])).rejects.toThrow(
      'The migration 2 failed: division by zero',
    );
    expect(await query(`SELECT to_regclass('half') AS half, to_regclass('whole')::text AS whole`)).toEqual([
      { half: null, whole: 'whole' },
    ]);
  });

  test('turn parked records that were stored whole into the place from where on their book waits', async () => {
    const later = MIGRATIONS.findIndex(({ name }) => name.endsWith('_held_books'));
    await migrate(database.url, MIGRATIONS.slice(0, later));
    await query(
      `INSERT INTO library.dead_letters (consumer, topic, partition, "offset", book_id, status, reason, headers, "timestamp")
       VALUES ('availability', 't', 3, 7, 'emma', 'discarded', 'bad', '{}', now()),
              ('availability', 't', 3, 8, 'emma', 'dead', 'bad', '{}', now()),
              ('availability', 't', 3, 9, 'emma', 'parked', NULL, '{}', now()),
              ('availability', 't', 3, 12, 'emma', 'parked', NULL, '{}', now()),
              ('availability', 't', 4, 1, NULL, 'dead', 'stray', '{}', now()),
              ('demand', 't', 3, 12, 'emma', 'parked', NULL, '{}', now())`,
    );
    await migrate(database.url, MIGRATIONS);
    const held = await query(
      'SELECT consumer, topic, partition, book_id, from_offset::int, parked::int FROM library.held_books ORDER BY consumer',
    );
    const emma = { topic: 't', partition: 3, book_id: 'emma' };
    expect(held).toEqual([
      { consumer: 'availability', ...emma, from_offset: 8, parked: 2 },
      // What it waited for was discarded, and it was not retried yet.
      { consumer: 'demand', ...emma, from_offset: 12, parked: 1 },
    ]);
    const left = await query<{ status: string }>(
      'SELECT status FROM library.dead_letters ORDER BY partition, "offset"',
    );
    expect(left.map(({ status }) => status)).toEqual(['discarded', 'dead', 'dead']);
  });

  test('keep what was to be published, in its order, when the outbox gets a row for each batch', async () => {
    const later = MIGRATIONS.findIndex(({ name }) => name.endsWith('_outbox_by_batch'));
    await migrate(database.url, MIGRATIONS.slice(0, later));
    await query(
      `INSERT INTO library.outbox (partition, "offset", seq, outcome)
       SELECT p, n / 2, n % 2, jsonb_build_object('eventId', p || '-' || n) FROM generate_series(3, 4) AS p, generate_series(0, 2100) AS n
        ORDER BY n DESC`,
    );
    await migrate(database.url, MIGRATIONS);
    const rows = await query<{ partition: number; ends: string; count: number; outcomes: string }>(
      `SELECT partition, first_offset || '-' || last_offset AS ends, count, outcomes FROM library.outbox ORDER BY partition, id`,
    );
    expect(rows.map(({ partition, ends, count }) => [partition, ends, count])).toEqual(
      [3, 4].flatMap((partition) => [
        [partition, '0-499', 1_000],
        [partition, '500-999', 1_000],
        [partition, '1000-1050', 101],
      ]),
    );
    const entries = rows.flatMap(({ outcomes }) => JSON.parse(outcomes) as unknown[]);
    expect(entries).toHaveLength(4_202);
    expect(entries[1_503]).toEqual([751, 1, { eventId: '3-1503' }]);
  });

  test('that were changed after they had been applied, or are of a newer version, are refused', async () => {
    const one: Migration = { name: '1', sql: 'SELECT 1', checksum: 'a' };
    await migrate(database.url, [one]);
    await expect(migrate(database.url, [{ ...one, checksum: 'b' }])).rejects.toThrow('was changed after');
    await expect(migrate(database.url, [])).rejects.toThrow('belongs to a newer one');
  });

  test('have the tables that change all the time vacuumed after so many changes, however long they are', async () => {
    await migrate(database.url, MIGRATIONS);
    const tables = await query(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'library'::regnamespace
          AND reloptions @> '{autovacuum_vacuum_scale_factor=0,autovacuum_vacuum_cost_delay=0}' ORDER BY 1`,
    );
    expect(tables).toEqual([{ name: 'notices' }, { name: 'outbox' }, { name: 'progress' }]);
  });
});
