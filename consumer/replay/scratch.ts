import { escapeIdentifier, escapeLiteral, type Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import type { Migration } from '../prisma/migrate';
import { LIVE } from '../projector/view-pool';

export interface ScratchSources {
  /** That of the live views. */
  readonly pool: Pool;
  /** Opens a pool whose `search_path` names a schema. */
  readonly openPool: (schema: string) => Pool;
  readonly migrations: readonly Migration[];
}

/**
 * Creates a schema with all tables of the views, empty, as the migrations make them: the same columns, constraints and
 * indexes under the same names. An existing schema of the name is dropped, with everything in it.
 *
 * Its tables are unlogged, which makes them faster to fill. A crash of Postgres empties them, all together, and fails the
 * replay.
 * @param comment the comment on the schema
 */
export async function createScratch(
  { pool, migrations }: ScratchSources,
  schema: string,
  comment = 'a replay of the views',
): Promise<void> {
  const name = escapeIdentifier(schema);
  await inTransaction(pool, async (client) => {
    await client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
    for (const { sql } of migrations) await client.query(sql.replaceAll(`"${LIVE}"`, name));
    for (const table of await tablesOf(client, schema))
      await client.query(`ALTER TABLE ${name}.${escapeIdentifier(table)} SET UNLOGGED`);
    await client.query(`COMMENT ON SCHEMA ${name} IS ${escapeLiteral(comment)}`);
  });
}

/** From here on the tables outlast a crash, all together. Takes as long as writing them once, where that was not done yet. */
export async function makeDurable(pool: Pool, schema: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    for (const table of await tablesOf(client, schema))
      await client.query(`ALTER TABLE ${escapeIdentifier(schema)}.${escapeIdentifier(table)} SET LOGGED`);
  });
}

export async function dropScratch({ pool }: ScratchSources, schema: string): Promise<void> {
  await pool.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(schema)} CASCADE`);
}

/** Runs an action with a pool whose `search_path` names the schema, and closes the pool. */
export async function withScratchPool<T>(
  { openPool }: ScratchSources,
  schema: string,
  action: (scratchPool: Pool) => Promise<T>,
): Promise<T> {
  const scratchPool = openPool(schema);
  try {
    return await action(scratchPool);
  } finally {
    await scratchPool.end();
  }
}

/** The tables of a schema, by name. */
export async function tablesOf(database: Pool | PoolClient, schema: string): Promise<string[]> {
  const { rows } = await database.query<{ table_name: string }>(
    `SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY table_name`,
    [schema],
  );
  return rows.map(({ table_name: name }) => name);
}
