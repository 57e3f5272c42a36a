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
