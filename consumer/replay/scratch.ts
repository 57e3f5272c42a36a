import { escapeIdentifier, type Pool } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import type { Migration } from '../prisma/migrate';

/** The schema of the live views. */
export const LIVE = 'library';

/**
 * Creates a schema with all tables of the views, empty, as the migrations make them: the same columns, constraints and
 * indexes under the same names. One that is there already is dropped, with everything in it.
 *
 * Its tables are not logged: they are filled faster, and a crash of Postgres, which empties them, ends whoever fills them.
 */
export async function createScratch(
  pool: Pool,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  const name = escapeIdentifier(schema);
  await inTransaction(pool, async (client) => {
    await client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
    for (const { sql } of migrations) await client.query(sql.replaceAll(`"${LIVE}"`, name));
  });
  for (const table of await tablesOf(pool, schema))
    await pool.query(`ALTER TABLE ${name}.${escapeIdentifier(table)} SET UNLOGGED`);
}

export async function dropScratch(pool: Pool, schema: string): Promise<void> {
  await pool.query(`DROP SCHEMA IF EXISTS ${escapeIdentifier(schema)} CASCADE`);
}

/** The tables of a schema, by name. */
export async function tablesOf(pool: Pool, schema: string): Promise<string[]> {
  const { rows } = await pool.query<{ table_name: string }>(
    `SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY table_name`,
    [schema],
  );
  return rows.map(({ table_name: name }) => name);
}
