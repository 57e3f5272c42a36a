import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import type { PartitionBounds } from '../../infra/event-log/log';
import { inTransaction } from '../../infra/postgres/transaction';
import { livePositions } from './live-positions';
import { countOf, prepareReplay, wholeTopic, type ReplaySources } from './replay';
import { createScratch, dropScratch } from './scratch';
import { viewOf, type View, type ViewName, type ViewTable } from './view';
import { withWorkLock } from './work-lock';

export interface VerifyOptions {
  readonly view: ViewName;
  readonly signal: AbortSignal;
  /** Told once how many records there are to be read. */
  onStart?(records: number): void;
  /** Told how many records have been taken. */
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
  readonly view: ViewName;
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
 * Compares a live view with a replay of its topic from scratch, book by book, as both are at one point of the stream. The
 * live consumer may go on meanwhile.
 * @throws {BusyError} when the view is being verified already
 */
export function verify(sources: ReplaySources, options: VerifyOptions): Promise<Verdict> {
  const { pool } = sources;
  const view = viewOf(options.view);
  return withWorkLock(pool, `verification of ${view.name}`, async () => {
    const schema = `library_verify_${view.name}`;
    await createScratch(pool, schema, sources.migrations);
    try {
      const ranges = await replayBeside(sources, view, schema, options);
      return await compare(pool, view, schema, countOf(ranges));
    } finally {
      await dropScratch(pool, schema);
    }
  });
}

async function replayBeside(
  sources: ReplaySources,
  view: View,
  schema: string,
  { signal, onStart, ...told }: VerifyOptions,
): Promise<PartitionBounds[]> {
  const { pool, log, topics } = sources;
  const topic = topics[view.reads];
  const whole = await wholeTopic(log, topic);
  const replay = { ...told, view: view.name, schema, signal };
  const beside = async (snapshot: PoolClient) => {
    await fingerprintLive(snapshot, view, schema);
    return {
      next: await livePositions(snapshot, view.name, topic),
      builder: await prepareReplay(sources, { ...replay, snapshot }),
    };
  };
  const { next, builder } = await inTransaction(pool, beside, SNAPSHOT);
  const ranges = whole.map((bound) => ({ ...bound, end: next.get(bound.partition) ?? 0 }));
  onStart?.(countOf(ranges));
  await builder.run(ranges);
  return ranges;
}

/** All that is read in it is as it was at one moment. */
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ';

/** The columns of a table as they are compared. */
function columnsOf({ columns, fields }: ViewTable): string {
  const named = columns.map((column) => {
    const name = escapeIdentifier(column);
    return column === fields ? `jsonb_strip_nulls(t.${name}) AS ${name}` : `t.${name}`;
  });
  return named.join(', ');
}

/**
 * A hash of each book's rows in each table, whatever their order: the sum of the rows' 64-bit hashes. Two different sets of
 * rows have the same sum by a chance of one in 10^19.
 */
const fingerprintsSql = ({ tables }: View, schema: string) =>
  tables
    .map(
      (table) =>
        `SELECT t.book_id, '${table.name}' AS table_name, count(*) AS rows, sum(hashtextextended(r::text, 0)::numeric) AS hash
           FROM ${schema}.${table.name} t, LATERAL (SELECT ${columnsOf(table)}) AS r GROUP BY t.book_id`,
    )
    .join(' UNION ALL ');

async function fingerprintLive(client: PoolClient, view: View, schema: string): Promise<void> {
  await client.query(
    `CREATE TABLE ${escapeIdentifier(schema)}.fingerprints AS ${fingerprintsSql(view, 'library')}`,
  );
}

async function compare(pool: Pool, view: View, schema: string, records: number): Promise<Verdict> {
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

/** The live side as it is by now: the book may have gone on since it was found to differ. */
async function differenceOf(
  pool: Pool,
  view: View,
  scratch: string,
  bookId: string,
  tableName: string,
): Promise<Difference> {
  const table = view.tables.find(({ name }) => name === tableName)!;
  const rowsIn = (schema: string) =>
    `SELECT row_to_json(r)::text AS row FROM (SELECT ${columnsOf(table)} FROM ${schema}.${table.name} t WHERE t.book_id = $1) AS r`;
  const [live, replay] = [rowsIn('library'), rowsIn(scratch)];
  const only = async (one: string, other: string) => {
    const { rows } = await pool.query<{ row: string }>(`${one} EXCEPT ${other} ORDER BY 1 LIMIT 10`, [
      bookId,
    ]);
    return rows.map(({ row }) => row);
  };
  return { bookId, table: tableName, live: await only(live, replay), replay: await only(replay, live) };
}
