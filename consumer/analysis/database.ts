import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { literal } from './columns-sql';

/** Nothing is looked for, downloaded or loaded beside what is built in. */
const SETTINGS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };

/** Runs an action on a database of DuckDB, and closes it: its file is complete then. */
export async function withDatabase<T>(
  file: string,
  action: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(file, SETTINGS);
  try {
    const connection = await instance.connect();
    try {
      await connection.run("SET TimeZone = 'UTC'");
      return await action(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/**
 * Runs an action on a database in memory whose statements reach no network, and no files but those of one folder. Statements
 * cannot change that.
 */
export async function withLockedDatabase<T>(
  folder: string,
  action: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return withDatabase(':memory:', async (connection) => {
    await connection.run(`SET temp_directory = ${literal(folder)}`);
    await connection.run(`SET allowed_directories = [${literal(folder)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return action(connection);
  });
}
