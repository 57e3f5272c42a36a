import { Pool } from 'pg';
import type { Logger } from '../logger';

export interface PoolOptions {
  /** How many connections it opens at most; default 8. */
  readonly max?: number;
  /** Settings of each session, by name. A value has no white space. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A pool of connections. A connection that breaks while idle is logged and replaced; it never ends the process. */
export function createPool(
  databaseUrl: string,
  logger: Logger,
  { max = 8, settings = {} }: PoolOptions = {},
): Pool {
  const pool = new Pool({
    connectionString: withSettings(databaseUrl, settings),
    max,
    connectionTimeoutMillis: 3_000,
  });
  // The message alone: the error refers to the whole client, with all its prepared statements.
  pool.on('error', ({ message }) => logger.warn({ reason: message }, 'an idle Postgres connection broke'));
  return pool;
}

/** In the URL, since `options` of the URL take precedence over those that pg is given beside it. */
function withSettings(databaseUrl: string, settings: Readonly<Record<string, string>>): string {
  const added = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  if (added.length === 0) return databaseUrl;
  const url = new URL(databaseUrl);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', [...(given === null ? [] : [given]), ...added].join(' '));
  return url.href;
}
