import { escapeIdentifier, type Pool } from 'pg';
import { AS_OF_MARK } from '../replay/as-of';

/** The schemas with views of a past time. */
export async function pastSchemas(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ nspname: string }>(
    `SELECT nspname FROM pg_namespace WHERE starts_with(obj_description(oid, 'pg_namespace'), $1) ORDER BY nspname`,
    [AS_OF_MARK],
  );
  return rows.map(({ nspname }) => nspname);
}

/** Drops what replays have left that were interrupted: it was made before somebody was forgotten. @returns their names */
export async function dropUnfinished(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ nspname: string }>(
    `SELECT nspname FROM pg_namespace WHERE nspname ~ '^(library_(rebuild|verify)_|as_of_)' ORDER BY nspname`,
  );
  for (const { nspname } of rows) await pool.query(`DROP SCHEMA ${escapeIdentifier(nspname)} CASCADE`);
  return rows.map(({ nspname }) => nspname);
}
