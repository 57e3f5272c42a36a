import { setTimeout as delay } from 'node:timers/promises';
import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import { LIVE } from '../projector/view-pool';
import type { ViewDefinition } from '../views/definition';
import { SwapNotReadyError } from './swap-errors';

/** What keeps us from a lock. */
export interface Blocker {
  /** 0: a prepared transaction. */
  readonly pid: number;
  readonly application: string | null;
  readonly username: string | null;
  /** As in `pg_stat_activity`; null where we may not see it, as with those of Postgres itself. */
  readonly backend: string | null;
  /** When its transaction began. */
  readonly since: Date | null;
  readonly query: string | null;
}

/** The live tables cannot be locked at the moment. */
export class LockedError extends SwapNotReadyError {
  /** @param blockers none where they had gone before they could be asked for */
  constructor(
    readonly blockers: readonly Blocker[],
    options?: ErrorOptions,
  ) {
    super(
      `the live tables are in use: ${blockers.map(describe).join('; ') || 'by many short queries'}`,
      options,
    );
  }
}

/** Readers queue behind us while we wait for the locks, so the wait is short. */
const SHORT_MS = 200;
/** How much longer than `deadlock_timeout` a long wait is: an autovacuum is cancelled after that time, and no sooner. */
const LONGER_MS = 500;
/** Which tries wait long, even where no autovacuum was seen: among queries that overlap, only a long wait gets its turn. */
const EVERY = 5;

const LOCK_NOT_AVAILABLE = '55P03';
const ASK_EVERY_MS = 40;

/**
 * How long the next try waits for the locks, in milliseconds.
 * @param failures how many tries have failed
 * @param blockers what kept the last try from the locks
 * @param deadlockTimeout that of the server, in milliseconds
 */
export function lockTimeoutOf(
  failures: number,
  blockers: readonly Blocker[],
  deadlockTimeout: number,
): number {
  return blockers.some(isAutovacuum) || failures % EVERY === EVERY - 1
    ? deadlockTimeout + LONGER_MS
    : SHORT_MS;
}

/** Where we may not see what kind of process it is: one without a user. */
function isAutovacuum({ pid, backend, username }: Blocker): boolean {
  return pid !== 0 && (backend === 'autovacuum worker' || (backend === null && username === null));
}

export async function deadlockTimeoutOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ setting: string }>(
    `SELECT setting FROM pg_settings WHERE name = 'deadlock_timeout'`,
  );
  return Number(rows[0]!.setting);
}

/** Finds out whether the live tables can be locked, and gives the locks back. @throws {LockedError} */
export async function probeLocks(pool: Pool, view: ViewDefinition, timeoutMs: number): Promise<void> {
  await inTransaction(pool, (client) => lockLiveTables(client, { pool, view, timeoutMs }));
}

export interface LockOptions {
  /** To ask in, while the client waits, who holds the locks. */
  readonly pool: Pool;
  readonly view: ViewDefinition;
  readonly timeoutMs: number;
}

/**
 * Locks the live tables of a view against all others, until the transaction ends. Every other lock that it waits for is
 * limited by the same time.
 * @throws {LockedError} when that takes longer
 */
export async function lockLiveTables(
  client: PoolClient,
  { pool, view, timeoutMs }: LockOptions,
): Promise<void> {
  const tables = view.tables.map(({ name }) => `${LIVE}.${escapeIdentifier(name)}`);
  await client.query(`SET LOCAL lock_timeout = ${timeoutMs}`);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const done = new AbortController();
  const blockers = blockersOf(pool, rows[0]!.pid, done.signal);
  try {
    await client.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    done.abort();
    throw new LockedError(await blockers, { cause: error });
  } finally {
    done.abort();
  }
}

/** Whether a lock was not to be had within `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return (error as { code?: unknown }).code === LOCK_NOT_AVAILABLE;
}

/** Asks until somebody blocks the backend, or the signal is aborted. */
async function blockersOf(pool: Pool, pid: number, signal: AbortSignal): Promise<Blocker[]> {
  while (!signal.aborted) {
    await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const { rows } = await pool
      .query<Blocker>(
        `SELECT DISTINCT b.pid, a.application_name AS application, a.usename AS username, a.backend_type AS backend,
                a.xact_start AS since, a.query
           FROM unnest(pg_blocking_pids($1)) AS b(pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY b.pid`,
        [pid],
      )
      .catch(() => ({ rows: [] }));
    if (rows.length > 0) return rows;
  }
  return [];
}

const LONGEST_QUERY = 100;

function describe({ pid, application, username, backend, since, query }: Blocker): string {
  if (pid === 0) return 'by a prepared transaction (pg_prepared_xacts)';
  const names = [application, username && `user ${username}`, backend === 'client backend' ? '' : backend];
  const facts = [
    `by process ${pid}`,
    ...(names.some(Boolean) ? [`(${names.filter(Boolean).join(', ')})`] : []),
    ...(since ? [`since ${since.toISOString()}`] : []),
    ...(query ? [`with "${query.replaceAll(/\s+/g, ' ').slice(0, LONGEST_QUERY)}"`] : []),
  ];
  return facts.join(' ');
}
