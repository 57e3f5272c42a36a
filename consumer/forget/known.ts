import type { Pool } from 'pg';
import { NAMES_USER_SQL } from './obstacles';

/** Every place of the live views that can hold a user ID, as a subquery: how often it is there. `$1`: the user ID. */
const PLACES: Readonly<Record<string, string>> = {
  reservations: `SELECT count(*) FROM library.reservations WHERE user_id = $1`,
  copies: `SELECT count(*) FROM library.copies WHERE user_id = $1`,
  history: `SELECT count(*) FROM library.history WHERE data->>'userId' = $1`,
  notices: `SELECT count(*) FROM library.notices WHERE user_id = $1`,
  outbox: `SELECT count(*) FROM library.outbox WHERE position(to_json($1::text)::text IN outcomes) > 0`,
  outbox_set_aside: `SELECT count(*) FROM library.outbox_set_aside WHERE outcome->>'userId' = $1`,
  demand_state: `SELECT count(*) FROM library.demand_state WHERE change->'reservation'->>'userId' = $1 OR change->'copy'->>'userId' = $1`,
  dead_letters: `SELECT count(*) FROM library.dead_letters WHERE ${NAMES_USER_SQL}`,
};

/** How often a user ID stands in each table of the live views; tables without it are left out. */
export async function whereKnown(pool: Pool, userId: string): Promise<Record<string, number>> {
  const counts = Object.entries(PLACES).map(([table, sql]) => `(${sql})::int AS "${table}"`);
  const { rows } = await pool.query<Record<string, number>>(`SELECT ${counts.join(', ')}`, [userId]);
  return Object.fromEntries(Object.entries(rows[0]!).filter(([, count]) => count > 0));
}
