import type { Pool } from 'pg';
import type { System } from '../system/system';
import { usageOf, type Usage } from '../system/usage';

export interface TableSize {
  /** In bytes. */
  readonly table: number;
  readonly indexes: number;
  /** Row versions that are not vacuumed yet. */
  readonly dead: number;
}

/** What the platform holds at a moment. */
export interface Sample {
  /** In seconds, of the clock that nobody sets. */
  readonly at: number;
  /** Every event so far, on the stream: what histories grow with. */
  readonly events: number;
  readonly processes: ReadonlyMap<string, Usage>;
  readonly tables: ReadonlyMap<string, TableSize>;
  /** How many rows are queued or held. */
  readonly rows: ReadonlyMap<string, number>;
}

const SIZES = `
  SELECT s.relname AS name, pg_table_size(s.relid)::float8 AS "table", pg_indexes_size(s.relid)::float8 AS indexes,
         s.n_dead_tup::float8 AS dead
    FROM pg_stat_user_tables s WHERE s.schemaname = 'library'`;

/** Rows that are there only until something is done about them. */
const ROWS = `
  SELECT 'outcomes to publish' AS name, count(*)::float8 AS rows FROM library.outbox
  UNION ALL SELECT 'notices to deliver', count(*)::float8 FROM library.notices WHERE status = 'pending'
  UNION ALL SELECT 'dead letters', count(*)::float8 FROM library.dead_letters
  UNION ALL SELECT 'books held up', count(*)::float8 FROM library.held_books`;

/** @throws {Error} where Postgres or Kafka does not answer */
export async function takeSample({ roles, environment }: System, pool: Pool): Promise<Sample> {
  const { rows: sizes } = await pool.query<TableSize & { name: string }>(SIZES);
  const { rows } = await pool.query<{ name: string; rows: number }>(ROWS);
  const bounds = await environment.log.bounds(environment.topics.reservations);
  return {
    at: performance.now() / 1_000,
    events: bounds.reduce((sum, { end }) => sum + end, 0),
    processes: new Map(
      roles.flatMap((role) => {
        const usage = usageOf(role);
        return usage ? [[role.name, usage] as const] : [];
      }),
    ),
    tables: new Map(sizes.map(({ name, ...size }) => [name, size])),
    rows: new Map(rows.map(({ name, rows: count }) => [name, count])),
  };
}
