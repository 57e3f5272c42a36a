import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../../infra/postgres/transaction';

/**
 * The indexes of tables that are being filled, and the constraints that have one: dropped before, and made anew afterwards, which
 * costs much less than an entry for each row. What is still to be made stands in a table of the schema, so that it is not
 * forgotten when the process dies.
 *
 * All names are without a schema: the `search_path` of the pool chooses it.
 */

/** The table of the statements that are still to be executed. Where it is, tables are being filled. */
const DEFERRED = 'deferred_indexes';
/** How many tables get their indexes at a time. */
const CONCURRENCY = 2;
/** For sorting the entries of an index, in kB; more where the server is set to more. */
const SORT_MEMORY_KB = 131_072;

const NOTE_SQL = `
CREATE TABLE ${DEFERRED} AS
SELECT i.indrelid::regclass::text AS table_name, row_number() OVER (ORDER BY i.indexrelid) AS place,
       CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
            ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) END AS make,
       CASE WHEN k.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
            ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass, k.conname) END AS drop
  FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid
 WHERE i.indrelid = ANY($1::text[]::regclass[])`;

/** Drops the indexes of the tables, and notes them. */
export async function deferIndexes(pool: Pool, tables: readonly string[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(NOTE_SQL, [tables]);
    const { rows } = await client.query<{ drop: string }>(`SELECT drop FROM ${DEFERRED}`);
    for (const { drop } of rows) await client.query(drop);
  });
}

/** Whether indexes are still to be made. */
export async function areDeferred(database: Pool | PoolClient, schema?: string): Promise<boolean> {
  const { rows } = await database.query<{ deferred: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS deferred',
    [schema === undefined ? DEFERRED : `${schema}.${DEFERRED}`],
  );
  return rows[0]!.deferred;
}

/** Makes the indexes. Interrupted, it goes on where it was. */
export async function makeDeferred(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ table_name: string; statements: string[] }>(
    `SELECT table_name, array_agg(make ORDER BY place) AS statements FROM ${DEFERRED}
      GROUP BY table_name ORDER BY pg_table_size(table_name::regclass) DESC`,
  );
  const next = rows.values();
  const work = async () => {
    for (const { statements } of next) for (const statement of statements) await make(pool, statement);
  };
  const results = await Promise.allSettled(Array.from({ length: CONCURRENCY }, work));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  await pool.query(`DROP TABLE ${DEFERRED}`);
}

async function make(pool: Pool, statement: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(
      `SELECT set_config(name, greatest(setting::int, ${SORT_MEMORY_KB}) || 'kB', true) FROM pg_settings WHERE name = 'maintenance_work_mem'`,
    );
    await client.query(statement);
    await client.query(`DELETE FROM ${DEFERRED} WHERE make = $1`, [statement]);
  });
}
