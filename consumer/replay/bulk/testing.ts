import type { Pool } from 'pg';
import { tablesOf } from '../scratch';

/** Columns that say when something was stored. */
const OTHERS = ['progress.updated_at', 'dead_letters.set_aside_at', 'held_books.held_at'];
/** Tickets are only in order: after a book was restored, they go on from those that are open. */
const WITHOUT_TICKET = `change #- '{reservation,ticket}' AS change`;

/** The rows that only one of two schemas has, of all their tables. */
export async function differences(pool: Pool, one: string, other: string): Promise<string[]> {
  const found: string[] = [];
  expect(await tablesOf(pool, other)).toEqual(await tablesOf(pool, one));
  for (const table of await tablesOf(pool, one)) {
    const columns = await pool.query<{ names: string }>(
      `SELECT string_agg(CASE $2 || '.' || attname WHEN 'demand_state.change' THEN $4 ELSE quote_ident(attname) END, ', ') AS names
         FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND $2 || '.' || attname <> ALL($3)`,
      [`${one}.${table}`, table, OTHERS, WITHOUT_TICKET],
    );
    const rowsIn = (schema: string) =>
      `SELECT row_to_json(r)::text AS row FROM (SELECT ${columns.rows[0]!.names} FROM ${schema}.${table}) r`;
    for (const [here, there] of [
      [one, other],
      [other, one],
    ] as const) {
      const { rows } = await pool.query<{ row: string }>(
        `${rowsIn(here)} EXCEPT ALL ${rowsIn(there)} ORDER BY 1`,
      );
      found.push(...rows.map(({ row }) => `only ${here}.${table} has ${row}`));
    }
  }
  return found;
}

/** The definitions of all indexes and constraints of a schema, without its name. */
export async function indexesIn(pool: Pool, schema: string): Promise<string[]> {
  const { rows } = await pool.query<{ definition: string }>(
    `SELECT replace(definition, $1 || '.', '') AS definition FROM (
       SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = $1
       UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
         FROM pg_constraint WHERE connamespace = to_regnamespace($1)) AS d ORDER BY 1`,
    [schema],
  );
  return rows.map(({ definition }) => definition);
}
