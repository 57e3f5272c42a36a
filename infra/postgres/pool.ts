import { Pool } from 'pg';
import type { Logger } from '../logger';
import { isUnanswered } from './errors';

export interface PoolOptions {
  /** How many connections it opens at most; default 8. */
  readonly max?: number;
  /** Settings of each session, by name. A value has no white space. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * How long a statement may take, in milliseconds: the server cancels it then. A server that does not even say so, within
   * another second, counts as gone. Absent: for statements that may take hours; only TCP notices then that the server is gone.
   */
  readonly statementTimeout?: number | undefined;
}

/** How long opening a connection, or waiting for a free one, may take. */
const CONNECT_TIMEOUT_MS = 3_000;
/** By how much we outwait the server, so that it can say that it has cancelled a statement. */
const ANSWER_MARGIN_MS = 1_000;
/** After this time without traffic TCP asks whether the server is still there. */
const KEEP_ALIVE_MS = 5_000;

/** The server, too, notices within half a minute that we are gone, and lets go of the locks of a lost session. */
const KEEP_ALIVE = { tcp_keepalives_idle: '10', tcp_keepalives_interval: '5', tcp_keepalives_count: '4' };
/** It ends a transaction in which nothing happens for so long: its client is gone, and others wait for its locks. */
const IDLE_IN_TRANSACTION = '10s';

/**
 * A pool of connections. A connection that breaks while idle is logged and replaced; it never ends the process.
 *
 * A path to the server can die without a sign: then nothing fails, and nothing is ever answered. With `statementTimeout`
 * that is an error after a few seconds (`isTransient`), and the pool begins anew with fresh connections.
 */
export function createPool(
  databaseUrl: string,
  logger: Logger,
  { max = 8, settings = {}, statementTimeout }: PoolOptions = {},
): Pool {
  const limited = statementTimeout !== undefined && {
    statement_timeout: String(statementTimeout),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
  };
  const pool = new Pool({
    connectionString: withSettings(databaseUrl, { ...limited, ...settings }),
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ...(statementTimeout !== undefined && { query_timeout: statementTimeout + ANSWER_MARGIN_MS }),
  });
  // The message alone: the error refers to the whole client, with all its prepared statements.
  pool.on('error', ({ message }) => logger.warn({ reason: message }, 'an idle Postgres connection broke'));
  const { host } = new URL(databaseUrl);
  pools.set(pool, host);
  pool.on('connect', () => opened.set(host, (opened.get(host) ?? 0) + 1));
  pool.on('release', (error) => {
    if (isUnanswered(error)) discardIdleTo(host);
  });
  return pool;
}

/** The pools of this process, with the server that each leads to. */
const pools = new Map<Pool, string>();
/** How many connections this process has opened to each server. */
const opened = new Map<string, number>();

/**
 * How many connections this process has opened to the server of the pool, over all pools. A server that has taken another's place,
 * or was started again, may have lost its last commits; and it is reached over new connections only. So what was read while the
 * count stays the same is of one server, which has lost nothing meanwhile.
 */
export function connectionsOpened(pool: Pool): number {
  return opened.get(pools.get(pool) ?? '') ?? 0;
}

/**
 * Where one connection is dead, those beside it are too. Without this the next queries would find them one after the other,
 * each after a timeout.
 */
function discardIdleTo(host: string): void {
  for (const [pool, its] of pools) {
    if (pool.ending) pools.delete(pool);
    else if (its === host) discardIdle(pool);
  }
}

function discardIdle(pool: Pool): void {
  for (let idle = pool.idleCount; idle > 0; idle -= 1) {
    pool.connect((_error, client, release) => {
      release(true);
      // At once: a goodbye would wait for an answer.
      client?.connection.stream.destroy();
    });
  }
}

/**
 * In the URL, since `options` of the URL take precedence over those that pg is given beside it. The last one of a name counts:
 * those of the URL against keep-alive, ours against those of the URL.
 */
function withSettings(databaseUrl: string, settings: Readonly<Record<string, string>>): string {
  const optionsOf = (named: object) => Object.entries(named).map(([name, value]) => `-c ${name}=${value}`);
  const url = new URL(databaseUrl);
  const given = url.searchParams.get('options');
  const all = [...optionsOf(KEEP_ALIVE), ...(given === null ? [] : [given]), ...optionsOf(settings)];
  url.searchParams.set('options', all.join(' '));
  return url.href;
}
