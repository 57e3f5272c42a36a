import type { Pool } from 'pg';
import { createLogger } from '../../../infra/logger';
import { createPool } from '../../../infra/postgres/pool';
import { createTestDatabase, type TestDatabase } from '../../../test/servers';
import { migrate, readMigrations } from '../../prisma/migrate';

const MIGRATION = '20261126110000_window_beginnings';

describe('a database with windows that were open before their beginnings were stored', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, createLogger('silent'));
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  test('gets them, by the length of windows that counted when each began', async () => {
    const migrations = readMigrations('consumer/prisma/migrations');
    await migrate(
      database.url,
      migrations.filter(({ name }) => name < MIGRATION),
    );
    await pool.query(`INSERT INTO library.pickup_windows VALUES (0, 0, 60000), (0, 10, 1000), (1, 0, 2000)`);
    await pool.query(`
      INSERT INTO library.reservations (book_id, reservation_id, user_id, status, copy_id, ticket, pickup_by, reserved_at, updated_at, partition, "offset")
      SELECT b, gen_random_uuid(), 'ann', status, copy, 1, pickup_by, now(), now(), partition, "offset" FROM (VALUES
        ('long', 'ready', 'c1', '2026-01-01T00:01:00Z'::timestamptz, 0, 9),
        ('short', 'ready', 'c1', '2026-01-01T00:01:00Z', 0, 10),
        ('elsewhere', 'ready', 'c1', '2026-01-01T00:01:00Z', 1, 5),
        ('waiting', 'waiting', NULL, NULL, 0, 11)) AS r(b, status, copy, pickup_by, partition, "offset")`);
    await migrate(database.url, migrations);
    const { rows } = await pool.query<{ book_id: string; ready_since: Date | null }>(
      'SELECT book_id, ready_since FROM library.reservations ORDER BY book_id',
    );
    expect(rows.map(({ book_id, ready_since }) => [book_id, ready_since?.toISOString() ?? null])).toEqual([
      ['elsewhere', '2026-01-01T00:00:58.000Z'],
      ['long', '2026-01-01T00:00:00.000Z'],
      ['short', '2026-01-01T00:00:59.000Z'],
      ['waiting', null],
    ]);
  });
});
