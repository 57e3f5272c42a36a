import type { Pool } from 'pg';
import { createLogger } from '../../infra/logger';
import { inTransaction } from '../../infra/postgres/transaction';
import { createTestDatabase, type TestDatabase } from '../servers';
import { migrate, readMigrations } from '../../consumer/prisma/migrate';
import { createViewPool } from '../../consumer/projector/view-pool';
import { createScratch } from '../../consumer/replay/scratch';
import { carryOver } from '../../consumer/views/availability/carry-over';

const MIGRATIONS = readMigrations('consumer/prisma/migrations');

describe('a rebuilt view that takes the live one over', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, MIGRATIONS);
    pool = createViewPool(database.url, createLogger('silent'));
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** The outcomes of a batch: two for each of the offsets. */
  const store = (schema: string, partition: number, first: number, last: number) =>
    pool.query(
      `INSERT INTO ${schema}.outbox (partition, first_offset, last_offset, count, outcomes)
       SELECT $1::int, $2::int, $3::int, count(*), json_agg(json_build_array(n, seq, json_build_object('eventId', n || '-' || seq)) ORDER BY n, seq)
         FROM generate_series($2::int, $3::int) AS n, generate_series(0, 1) AS seq`,
      [partition, first, last],
    );

  test('publishes what the live view has not reached, in its order and once, also from the middle of a batch', async () => {
    await createScratch({ pool, openPool: () => pool, migrations: MIGRATIONS }, 'rebuilt');
    for (const [first, last] of [
      [0, 9],
      [10, 19],
      [20, 29],
    ] as const)
      await store('rebuilt', 3, first, last);
    await store('rebuilt', 4, 0, 9);
    await store('library', 3, 12, 14);
    const live = new Map([
      [3, 15],
      [4, 10],
    ]);
    await inTransaction(pool, (client) => carryOver(client, { scratch: 'rebuilt', live }));
    const { rows } = await pool.query<Record<string, unknown> & { outcomes: string }>(
      'SELECT partition, first_offset::int AS first, last_offset::int AS last, count, done, outcomes FROM library.outbox ORDER BY partition, id',
    );
    expect(
      rows.map(({ partition, first, last, count, done }) => [partition, first, last, count, done]),
    ).toEqual([
      [3, 12, 14, 6, 0],
      [3, 15, 19, 10, 0],
      [3, 20, 29, 20, 0],
    ]);
    const offsets = Array.from({ length: 18 }, (_, n) => 12 + n);
    expect(rows.flatMap(({ outcomes }) => JSON.parse(outcomes) as unknown[])).toEqual(
      offsets.flatMap((n) => [0, 1].map((seq) => [n, seq, { eventId: `${n}-${seq}` }])),
    );
  });
});
