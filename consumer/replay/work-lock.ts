import type { Pool } from 'pg';

/** Another process does the same at present, or what must not be done meanwhile. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** The key of the lock that a replay shares with others, and that whoever forgets somebody has alone. */
const FORGETTING = `hashtextextended('library forgetting', 0)`;

/**
 * Runs a replay that no two processes may run on this database at the same time, and during which nobody is forgotten: what it
 * makes would name them. The locks belong to a connection: when the process dies they are released.
 * @param work the replay as a noun: `rebuild of availability`
 * @param action its signal is aborted when the connection breaks, and so the locks are lost
 * @throws {BusyError} at once, when another process runs it
 * @throws {Error} when the locks were lost
 */
export function withWorkLock<T>(
  pool: Pool,
  work: string,
  action: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const locks = [
    {
      sql: `pg_try_advisory_lock(hashtextextended('library ' || $1, 0))`,
      values: [work],
      busy: `A ${work} is running already: wait for its end, or stop that one first.`,
    },
    {
      sql: `pg_try_advisory_lock_shared(${FORGETTING})`,
      values: [],
      busy: 'Somebody is being forgotten: try again in a moment.',
    },
  ];
  return withLocks(pool, work, locks, action);
}

/**
 * Runs an action during which no replay runs, and nobody else is forgotten.
 * @throws {BusyError} at once, when there is one
 * @throws {Error} when the lock was lost
 */
export function withoutReplays<T>(pool: Pool, action: (lost: AbortSignal) => Promise<T>): Promise<T> {
  const busy =
    'A rebuild, an as-of or a verification is running, or somebody else is being forgotten: wait for the end of it, or stop it first.';
  return withLocks(
    pool,
    'forgetting',
    [{ sql: `pg_try_advisory_lock(${FORGETTING})`, values: [], busy }],
    action,
  );
}

interface Lock {
  /** An expression: whether the lock was taken. */
  readonly sql: string;
  readonly values: readonly string[];
  /** What is said when it was not. */
  readonly busy: string;
}

async function withLocks<T>(
  pool: Pool,
  work: string,
  locks: readonly Lock[],
  action: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const losing = new AbortController();
  const onError = (error: Error) => {
    broken = error;
    losing.abort(error);
  };
  client.on('error', onError);
  try {
    for (const { sql, values, busy } of locks) {
      const { rows } = await client.query<{ free: boolean }>(`SELECT ${sql} AS free`, [...values]);
      if (!rows[0]!.free) throw new BusyError(busy);
    }
    return await action(losing.signal);
  } catch (error) {
    if (!broken) throw error;
    throw new Error(`The connection that guards the ${work} was lost: ${broken.message}.`, { cause: error });
  } finally {
    client.off('error', onError);
    // Closed, and not returned to the pool, so that the locks are released in any case.
    client.release(broken ?? true);
  }
}
