import { Pool, type PoolConfig } from 'pg';
import type { Logger } from '../logger';

/**
 * A pool of connections. A connection that breaks while idle is logged and replaced; it never ends the process.
 * @param options override the defaults here and those of pg
 */
export function createPool(databaseUrl: string, logger: Logger, options: PoolConfig = {}): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 8,
    connectionTimeoutMillis: 3_000,
    ...options,
  });
  // The message alone: the error refers to the whole client, with all its prepared statements.
  pool.on('error', ({ message }) => logger.warn({ reason: message }, 'an idle Postgres connection broke'));
  return pool;
}
