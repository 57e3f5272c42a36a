import { escapeIdentifier, escapeLiteral, type Pool } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import { countOf, prepareReplay, topicUntil, type ReplaySources } from './replay';
import { createScratch, dropScratch, tablesOf } from './scratch';
import { viewOf, VIEWS } from './view';
import { withWorkLock } from './work-lock';

export interface AsOfOptions {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The Postgres schema to make: see `assertSchemaName`. */
  readonly schema: string;
  readonly signal: AbortSignal;
  /** Told once how many records there are to be read. */
  onStart?(records: number): void;
  /** Told how many records have been taken. */
  onProgress?(records: number): void;
}

/** What is in the way of a schema of that name. */
export class SchemaNameError extends Error {
  override readonly name = 'SchemaNameError';
}

/** How a schema says that it was made here, and may be made anew. */
const MARK = 'library as-of ';
/** What views keep for themselves. */
const INTERNAL = ['outbox', 'pickup_windows', 'demand_state', 'demand_ids'];

/** @throws {SchemaNameError} when the name cannot be that of a new schema */
export function assertSchemaName(schema: string): void {
  const isName = /^[a-z_][a-z0-9_]{0,54}$/.test(schema);
  if (
    !isName ||
    /^(library|public|information_schema|pg_.*|as_of_.*|library_(rebuild|verify)_.*)$/.test(schema)
  ) {
    throw new SchemaNameError(
      `"${schema}" cannot be the schema: write small letters, digits and underscores, at most 55, and no name that is in use, such as last_monday.`,
    );
  }
}

/**
 * Makes a schema with all views as they were at a time: by the records that the topics held before it. It appears whole, or
 * not at all; one that an earlier call made is replaced. What is on no topic (how far a notice had got) is taken from the
 * live views, as far as it can be told.
 * @throws {SchemaNameError} when the name is not one, or that of a schema that was not made here
 * @throws {BusyError} when the same schema is being made already
 */
export async function makeAsOf(sources: ReplaySources, options: AsOfOptions): Promise<void> {
  const { pool } = sources;
  const { schema } = options;
  assertSchemaName(schema);
  await assertMayReplace(pool, schema);
  await withWorkLock(pool, `view of the past in ${schema}`, async () => {
    const scratch = `as_of_${schema}`;
    await createScratch(pool, scratch, sources.migrations);
    try {
      await fill(sources, scratch, options);
      await finish(pool, scratch, options);
    } finally {
      await dropScratch(pool, scratch);
    }
  });
}

async function assertMayReplace(pool: Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ description: string | null }>(
    `SELECT obj_description(oid, 'pg_namespace') AS description FROM pg_namespace WHERE nspname = $1`,
    [schema],
  );
  const [found] = rows;
  if (found && !found.description?.startsWith(MARK))
    throw new SchemaNameError(
      `The schema ${schema} is there already, and was not made by as-of: choose another name.`,
    );
}

async function fill(
  sources: ReplaySources,
  scratch: string,
  { time, signal, onStart, ...told }: AsOfOptions,
): Promise<void> {
  const { log, topics } = sources;
  const plans = await Promise.all(
    VIEWS.map(async (view) => ({ view, ranges: await topicUntil(log, topics[viewOf(view).reads], time) })),
  );
  onStart?.(plans.reduce((sum, { ranges }) => sum + countOf(ranges), 0));
  for (const { view, ranges } of plans) {
    const builder = await prepareReplay(sources, { ...told, view, schema: scratch, signal });
    await builder.run(ranges);
  }
}

async function finish(pool: Pool, scratch: string, { time, schema }: AsOfOptions): Promise<void> {
  const name = escapeIdentifier(scratch);
  const at = new Date(time).toISOString();
  await pool.query(
    `UPDATE ${name}.notices n
        SET created_at = l.created_at, delivered_at = CASE WHEN l.delivered_at < $1 THEN l.delivered_at END,
            status = CASE WHEN l.delivered_at < $1 THEN 'delivered' WHEN l.status = 'withheld' THEN 'withheld' ELSE 'pending' END,
            next_attempt_at = CASE WHEN l.delivered_at < $1 OR l.status = 'withheld' THEN NULL ELSE l.created_at END
       FROM library.notices l WHERE l.notice_id = n.notice_id`,
    [at],
  );
  for (const table of INTERNAL) await pool.query(`DROP TABLE ${name}.${table}`);
  for (const table of await tablesOf(pool, scratch)) {
    await pool.query(`ALTER TABLE ${name}.${escapeIdentifier(table)} SET LOGGED`);
    await pool.query(`ANALYZE ${name}.${escapeIdentifier(table)}`);
  }
  const final = escapeIdentifier(schema);
  await inTransaction(pool, async (client) => {
    await client.query(`DROP SCHEMA IF EXISTS ${final} CASCADE`);
    await client.query(`ALTER SCHEMA ${name} RENAME TO ${final}`);
    await client.query(`COMMENT ON SCHEMA ${final} IS ${escapeLiteral(MARK + at)}`);
  });
}
