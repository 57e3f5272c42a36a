import type { Pool } from 'pg';

/** Somebody else is at it. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/**
 * Runs an action that nobody else may be running on this database at the same time. The lock is that of a connection:
 * when the process dies it is free again.
 * @param work what is being done, as a noun: `rebuild of availability`
 * @throws {BusyError} at once, when somebody else is at it
 */
export async function withWorkLock<T>(pool: Pool, work: string, action: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    const { rows } = await client.query<{ free: boolean }>(
      `SELECT pg_try_advisory_lock(hashtextextended('library ' || $1, 0)) AS free`,
      [work],
    );
    if (!rows[0]!.free)
      throw new BusyError(`A ${work} is running already: wait for its end, or stop that one first.`);
    return await action();
  } finally {
    client.off('error', onError);
    // Ended, and not given back to the pool, so that the lock is free in any case.
    client.release(broken ?? true);
  }
}
