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
  /**
   * @param blockers none where they had gone before they could be asked for
   * @param table the one that could not be locked, where it is known
   */
  constructor(
    readonly blockers: readonly Blocker[],
    readonly table?: string,
    options?: ErrorOptions,
  ) {
    super(
      `the live tables are in use: ${blockers.map(describe).join('; ') || 'by many short queries'}`,
      options,
    );
  }
}

/** Readers queue behind us while we wait for a lock, so the wait is short. */
const SHORT_MS = 200;
/** How much longer than `deadlock_timeout` a patient wait is: an autovacuum is cancelled after that time, and no sooner. */
const LONGER_MS = 500;
/** Which tries are patient, even where no autovacuum was seen: queries that overlap, or that are too short to be seen. */
const EVERY = 5;

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';
const ASK_EVERY_MS = 40;

/** How a try takes the locks of the live tables. */
export interface LockPlan {
  /** In the order in which they are locked. */
  readonly tables: readonly string[];
  /** How long it waits for the first of them, in milliseconds. */
  readonly firstMs: number;
  /** How long for each of the others. */
  readonly restMs: number;
  /** How long it waits for the first one alone beforehand, to give it back at once; 0: not at all. */
  readonly aloneMs: number;
}

/**
 * How the next try takes the locks. Whoever holds one table and waits for another that we hold, while we wait for theirs, looks
 * for a deadlock after `deadlock_timeout`, and Postgres ends their query. So all waits for several tables are together shorter
 * than that. Only for one table alone it waits longer.
 * @param failures how many tries have failed
 * @param last what kept the last try from the locks: the table that it did not get is the first now
 * @param deadlockTimeout that of the server, in milliseconds
 */
export function lockPlan(
  { tables }: Pick<ViewDefinition, 'tables'>,
  failures: number,
  last: Pick<LockedError, 'blockers' | 'table'> | undefined,
  deadlockTimeout: number,
): LockPlan {
  const names = tables.map(({ name }) => name);
  const first = last?.table ?? names[0]!;
  const isPatient = (last?.blockers ?? []).some(isAutovacuum) || failures % EVERY === EVERY - 1;
  const longest = deadlockTimeout / 2;
  return {
    tables: [first, ...names.filter((name) => name !== first)],
    firstMs: Math.ceil(isPatient ? longest : Math.min(SHORT_MS, longest)),
    restMs: Math.ceil(Math.min(SHORT_MS, longest / 2 / names.length)),
    aloneMs: isPatient ? deadlockTimeout + LONGER_MS : 0,
  };
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
export async function probeLocks(pool: Pool, plan: LockPlan): Promise<void> {
  const { tables, aloneMs } = plan;
  if (aloneMs > 0) {
    const alone = { ...plan, tables: tables.slice(0, 1), firstMs: aloneMs };
    await inTransaction(pool, (client) => lockLiveTables(client, pool, alone));
  }
  await inTransaction(pool, (client) => lockLiveTables(client, pool, plan));
}

/**
 * Locks the live tables of a view against all others, until the transaction ends. Every other lock that it waits for is
 * limited by the shorter time.
 * @param pool to ask in, while the client waits, who holds the locks
 * @throws {LockedError} when that takes longer
 */
export async function lockLiveTables(client: PoolClient, pool: Pool, plan: LockPlan): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  for (const [n, table] of plan.tables.entries()) {
    if (n < 2) await client.query(`SET LOCAL lock_timeout = ${n === 0 ? plan.firstMs : plan.restMs}`);
    await lockTable(client, pool, table, rows[0]!.pid);
  }
  await client.query(`SET LOCAL lock_timeout = ${plan.restMs}`);
}

async function lockTable(client: PoolClient, pool: Pool, table: string, pid: number): Promise<void> {
  const done = new AbortController();
  const blockers = blockersOf(pool, pid, done.signal);
  try {
    await client.query(`LOCK TABLE ${LIVE}.${escapeIdentifier(table)} IN ACCESS EXCLUSIVE MODE`);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    done.abort();
    throw new LockedError(await blockers, table, { cause: error });
  } finally {
    done.abort();
  }
}

/** Whether a lock was not to be had within `lock_timeout`, or not without a deadlock. */
export function isLockTimeout(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === LOCK_NOT_AVAILABLE || code === DEADLOCK;
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
