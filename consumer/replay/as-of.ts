import { escapeIdentifier, escapeLiteral, type Pool } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import { ALL_VIEWS } from '../all-views';
import type { ViewDefinition } from '../views/definition';
import { countOf, prepareReplay, topicUntil, type ReplaySources } from './replay';
import { createScratch, dropScratch, tablesOf, withScratchPool } from './scratch';
import { withWorkLock } from './work-lock';

export interface AsOfOptions {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The Postgres schema to make: see `assertSchemaName`. */
  readonly schema: string;
  readonly signal: AbortSignal;
  /** Called once, with the number of records to be read. */
  onStart?(records: number): void;
  /** Called with the number of records that have been projected. */
  onProgress?(records: number): void;
}

/** Why no schema of that name can be made. */
export class SchemaNameError extends Error {
  override readonly name = 'SchemaNameError';
}

/** The beginning of the comment on a schema that was made here, and may be replaced. */
export const AS_OF_MARK = 'library as-of ';

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
 * Makes a schema with all views as they were at a time, from the records that were on the topics before it. The schema
 * appears complete or not at all; one that an earlier call made is replaced. What is on no topic (how far a notice had got)
 * is taken from the live views, as far as they show it.
 * @throws {SchemaNameError} when the name is not valid, or that of a schema that was not made here
 * @throws {BusyError} when the same schema is being made already
 */
export async function makeAsOf(sources: ReplaySources, options: AsOfOptions): Promise<void> {
  const { pool } = sources;
  const { schema } = options;
  assertSchemaName(schema);
  await assertMayReplace(pool, schema);
  await withWorkLock(pool, `view of the past in ${schema}`, async () => {
    const scratch = `as_of_${schema}`;
    await createScratch(sources, scratch);
    try {
      await fill(sources, scratch, options);
      await finish(pool, scratch, options);
    } finally {
      await dropScratch(sources, scratch);
    }
  });
}

async function assertMayReplace(pool: Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ description: string | null }>(
    `SELECT obj_description(oid, 'pg_namespace') AS description FROM pg_namespace WHERE nspname = $1`,
    [schema],
  );
  const [found] = rows;
  if (found && !found.description?.startsWith(AS_OF_MARK))
    throw new SchemaNameError(
      `The schema ${schema} is there already, and was not made by as-of: choose another name.`,
    );
}

async function fill(
  sources: ReplaySources,
  scratch: string,
  { time, signal, onStart, ...callbacks }: AsOfOptions,
): Promise<void> {
  const { log, topics } = sources;
  const plans = await Promise.all(
    ALL_VIEWS.map(async (view: ViewDefinition) => ({
      view,
      ranges: await topicUntil(log, topics[view.events.name], time),
    })),
  );
  onStart?.(plans.reduce((sum, { ranges }) => sum + countOf(ranges), 0));
  await withScratchPool(sources, scratch, async (scratchPool) => {
    for (const { view, ranges } of plans) {
      const builder = await prepareReplay(sources, { ...callbacks, view, scratchPool, signal });
      await builder.run(ranges);
    }
  });
}

async function finish(pool: Pool, scratch: string, { time, schema }: AsOfOptions): Promise<void> {
  const name = escapeIdentifier(scratch);
  const at = new Date(time).toISOString();
  for (const view of ALL_VIEWS as readonly ViewDefinition[]) {
    await view.completePast?.(pool, name, at);
    for (const table of view.internalTables ?? [])
      await pool.query(`DROP TABLE ${name}.${escapeIdentifier(table)}`);
  }
  for (const table of await tablesOf(pool, scratch)) {
    await pool.query(`ALTER TABLE ${name}.${escapeIdentifier(table)} SET LOGGED`);
    await pool.query(`ANALYZE ${name}.${escapeIdentifier(table)}`);
  }
  const final = escapeIdentifier(schema);
  await inTransaction(pool, async (client) => {
    await client.query(`DROP SCHEMA IF EXISTS ${final} CASCADE`);
    await client.query(`ALTER SCHEMA ${name} RENAME TO ${final}`);
    await client.query(`COMMENT ON SCHEMA ${final} IS ${escapeLiteral(AS_OF_MARK + at)}`);
  });
}
