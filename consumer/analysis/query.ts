import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api';
import { POSTGRES_NAMES } from './postgres-tables';

/** Tables that come into the database when a statement names them for the first time. */
export interface TablesOnDemand {
  /** @returns whether there is such a table; then it is there now */
  load(name: string): Promise<boolean>;
  /** Called when a statement has all tables that it names. */
  settled(): Promise<void>;
}

/** A statement that DuckDB refuses. The message is DuckDB's. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}

/** The schema in which `events` lacks what `books` has, such as `title`: beside that view the name means the book's. */
export const BESIDE_BOOKS = 'beside_books';

/** The ways in which a statement is read, the first one that DuckDB can bind. */
const API_NAMES = `main,${POSTGRES_NAMES}`;
const OTHER_READINGS = [`${BESIDE_BOOKS},main`, `${POSTGRES_NAMES},main`];

/**
 * Runs statements one after the other. A statement is read with the column names of the API; one that DuckDB cannot bind so is
 * read with those of Postgres (`book_id`), if it can be.
 * @returns the result of the last statement, which is read as it is computed
 * @throws {QueryError}
 */
export async function runQuery(
  connection: DuckDBConnection,
  sql: string,
  tables: TablesOnDemand,
): Promise<DuckDBResult | undefined> {
  let statements = await refusing(() => connection.extractStatements(sql));
  let isUsed = false;
  // A statement that could not be prepared is gone: it is read from the text again.
  const again = async (i: number) => {
    if (isUsed) statements = await connection.extractStatements(sql);
    isUsed = true;
    const prepared = await statements.prepare(i);
    isUsed = false;
    return prepared;
  };
  let result: DuckDBResult | undefined;
  for (let i = 0; i < statements.count; i += 1) {
    const prepared = await prepare(connection, () => again(i), tables);
    result = await refusing(() => (i === statements.count - 1 ? prepared.stream() : prepared.run()));
  }
  return result;
}

/**
 * Prepares a statement, with all tables that it names, and does no more.
 * @throws {QueryError}
 */
export async function checkQuery(
  connection: DuckDBConnection,
  sql: string,
  tables: TablesOnDemand,
): Promise<void> {
  await prepare(connection, () => connection.prepare(sql), tables);
}

async function prepare(
  connection: DuckDBConnection,
  once: () => Promise<DuckDBPreparedStatement>,
  tables: TablesOnDemand,
): Promise<DuckDBPreparedStatement> {
  try {
    await searchIn(connection, API_NAMES);
    return await withTables(once, tables);
  } catch (error) {
    if (!/^Binder Error/.test((error as Error).message)) throw error;
    for (const reading of OTHER_READINGS) {
      await searchIn(connection, reading);
      const prepared = await withTables(once, tables).catch(() => undefined);
      if (prepared) return prepared;
    }
    // What DuckDB says of the first reading tells more: most queries are meant so.
    throw error;
  } finally {
    await tables.settled();
  }
}

async function searchIn(connection: DuckDBConnection, path: string): Promise<void> {
  await connection.run(`SET search_path = '${path}'`);
}

/** DuckDB names the first table that is missing: it is loaded, and the statement prepared again. */
async function withTables(
  once: () => Promise<DuckDBPreparedStatement>,
  tables: TablesOnDemand,
): Promise<DuckDBPreparedStatement> {
  for (;;) {
    try {
      return await refusing(once);
    } catch (error) {
      const missing = missingTable((error as Error).message);
      if (missing === undefined || !(await tables.load(missing))) throw error;
    }
  }
}

/** The table that a statement names and DuckDB does not have, by DuckDB's message; small letters. */
export function missingTable(message: string): string | undefined {
  const [, name] = /^Catalog Error: Table with name "?([^\s"]+)"? does not exist/.exec(message) ?? [];
  return name?.toLowerCase().replace(/^.*\./, '');
}

async function refusing<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { message } = error as Error;
    throw new QueryError(message.replace(/^Failed to extract statements: /, ''), { cause: error });
  }
}
