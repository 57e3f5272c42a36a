import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import type { PartitionBounds } from '../../infra/event-log/log';
import { inTransaction } from '../../infra/postgres/transaction';
import { storedPositions } from '../projector/checkpoint';
import type { ViewTable } from '../projector/table';
import { LIVE } from '../projector/view-pool';
import type { ViewDefinition } from '../views/definition';
import { countOf, prepareReplay, wholeTopic, type ReplaySources } from './replay';
import { createScratch, dropScratch, withScratchPool } from './scratch';
import { withWorkLock } from './work-lock';

export interface VerifyOptions {
  readonly view: ViewDefinition;
  readonly signal: AbortSignal;
  /** Called once, with the number of records to be read. */
  onStart?(records: number): void;
  /** Called with the number of records that have been projected. */
  onProgress?(records: number): void;
}

/** A row that only one side has, as JSON. */
export interface Difference {
  readonly bookId: string;
  readonly table: string;
  /** Rows that only the live view has, and that only the replay has; ten of each at most. */
  readonly live: readonly string[];
  readonly replay: readonly string[];
}

export interface Verdict {
  /** The name of the view. */
  readonly view: string;
  /** How many records of the topic were compared. */
  readonly records: number;
  readonly books: number;
  /** The books that differ, in the order of their IDs; a hundred at most. */
  readonly differing: readonly string[];
  /** How many books differ in all. */
  readonly differences: number;
  /** What differs of the first of them. */
  readonly first: Difference | undefined;
}

/**
 * Compares a live view with a replay of its topic, book by book, both as they are at one point of the stream. The live
 * consumer may go on meanwhile.
 * @throws {BusyError} when the view is being verified already
 */
export function verify(sources: ReplaySources, options: VerifyOptions): Promise<Verdict> {
  const { pool } = sources;
  const { view } = options;
  return withWorkLock(pool, `verification of ${view.name}`, async () => {
    const schema = `library_verify_${view.name}`;
    await createScratch(sources, schema);
    try {
      const ranges = await withScratchPool(sources, schema, (scratchPool) =>
        replayBeside(sources, scratchPool, schema, options),
      );
      return await compare(pool, view, schema, countOf(ranges));
    } finally {
      await dropScratch(sources, schema);
    }
  });
}

async function replayBeside(
  sources: ReplaySources,
  scratchPool: Pool,
  schema: string,
  { onStart, ...replay }: VerifyOptions,
): Promise<PartitionBounds[]> {
  const { pool, log, topics } = sources;
  const { view } = replay;
  const topic = topics[view.events.name];
  const whole = await wholeTopic(log, topic);
  const beside = async (snapshot: PoolClient) => {
    await fingerprintLive(snapshot, view, schema);
    return {
      next: await storedPositions(snapshot, { consumer: view.name, topic }),
      builder: await prepareReplay(sources, { ...replay, scratchPool, snapshot, isKept: false }),
    };
  };
  const { next, builder } = await inTransaction(pool, beside, SNAPSHOT);
  const ranges = whole.map((bound) => ({ ...bound, end: next.get(bound.partition) ?? 0 }));
  onStart?.(countOf(ranges));
  await builder.run(ranges);
  return ranges;
}

/** Everything that is read in it is as it was at one moment. */
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ';

/** The columns of a table as they are compared. */
function columnsOf({ compared }: ViewTable): string {
  const named = compared.map(({ name: column, fields }) => {
    const name = escapeIdentifier(column);
    return fields ? `jsonb_strip_nulls(t.${name}) AS ${name}` : `t.${name}`;
  });
  return named.join(', ');
}

/**
 * A hash of each book's rows in each table, independent of their order: the sum of the rows' 64-bit hashes. Two different
 * sets of rows have the same sum with a probability of 1 in 10^19.
 */
const fingerprintsSql = ({ tables }: ViewDefinition, schema: string) =>
  tables
    .map(
      (table) =>
        `SELECT t.book_id, '${table.name}' AS table_name, count(*) AS rows, sum(hashtextextended(r::text, 0)::numeric) AS hash
           FROM ${schema}.${table.name} t, LATERAL (SELECT ${columnsOf(table)}) AS r GROUP BY t.book_id`,
    )
    .join(' UNION ALL ');

async function fingerprintLive(client: PoolClient, view: ViewDefinition, schema: string): Promise<void> {
  await client.query(
    `CREATE TABLE ${escapeIdentifier(schema)}.fingerprints AS ${fingerprintsSql(view, LIVE)}`,
  );
}

async function compare(pool: Pool, view: ViewDefinition, schema: string, records: number): Promise<Verdict> {
  const scratch = escapeIdentifier(schema);
  const { rows } = await pool.query<{ book_id: string; table_name: string; differences: number }>(
    `WITH differing AS (
       SELECT book_id, min(table_name) AS table_name
         FROM ${scratch}.fingerprints l FULL JOIN (${fingerprintsSql(view, scratch)}) r USING (book_id, table_name)
        WHERE l.hash IS DISTINCT FROM r.hash OR l.rows IS DISTINCT FROM r.rows GROUP BY book_id)
     SELECT book_id, table_name, count(*) OVER ()::int AS differences FROM differing ORDER BY book_id LIMIT 100`,
  );
  const books = await pool.query<{ books: number }>(
    `SELECT count(DISTINCT book_id)::int AS books FROM ${scratch}.fingerprints`,
  );
  const [first] = rows;
  return {
    view: view.name,
    records,
    books: books.rows[0]!.books,
    differing: rows.map(({ book_id: bookId }) => bookId),
    differences: first?.differences ?? 0,
    first: first && (await differenceOf(pool, view, scratch, first.book_id, first.table_name)),
  };
}

/** The live side as it is by now: the book may have changed since it was found to differ. */
async function differenceOf(
  pool: Pool,
  view: ViewDefinition,
  scratch: string,
  bookId: string,
  tableName: string,
): Promise<Difference> {
  const table = view.tables.find(({ name }) => name === tableName)!;
  const rowsIn = (schema: string) =>
    `SELECT row_to_json(r)::text AS row FROM (SELECT ${columnsOf(table)} FROM ${schema}.${table.name} t WHERE t.book_id = $1) AS r`;
  const [live, replay] = [rowsIn(LIVE), rowsIn(scratch)];
  const only = async (one: string, other: string) => {
    const { rows } = await pool.query<{ row: string }>(`${one} EXCEPT ${other} ORDER BY 1 LIMIT 10`, [
      bookId,
    ]);
    return rows.map(({ row }) => row);
  };
  return { bookId, table: tableName, live: await only(live, replay), replay: await only(replay, live) };
}
