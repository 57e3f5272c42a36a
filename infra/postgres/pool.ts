import { Pool, type PoolConfig } from 'pg';
import type { Logger } from '../logger';

/**
 * A pool of connections. A connection that breaks while idle is logged and replaced; it never ends the process.
 * @param options what differs from pg's defaults
 */
export function createPool(databaseUrl: string, logger: Logger, options: PoolConfig = {}): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 8,
    connectionTimeoutMillis: 3_000,
    ...options,
  });
  // The error itself holds the whole client, with everything that it has prepared.
  pool.on('error', ({ message }) => logger.warn({ reason: message }, 'an idle Postgres connection broke'));
  return pool;
}
