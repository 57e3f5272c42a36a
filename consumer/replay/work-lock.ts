import type { Pool } from 'pg';

/** Another process does the same at present. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/**
 * Runs an action that no two processes may run on this database at the same time. The lock belongs to a connection: when the
 * process dies it is released.
 * @param work the action as a noun: `rebuild of availability`
 * @param action its signal is aborted when the connection breaks, and so the lock is lost
 * @throws {BusyError} at once, when another process runs it
 * @throws {Error} when the lock was lost
 */
export async function withWorkLock<T>(
  pool: Pool,
  work: string,
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
    const { rows } = await client.query<{ free: boolean }>(
      `SELECT pg_try_advisory_lock(hashtextextended('library ' || $1, 0)) AS free`,
      [work],
    );
    if (!rows[0]!.free)
      throw new BusyError(`A ${work} is running already: wait for its end, or stop that one first.`);
    return await action(losing.signal);
  } catch (error) {
    if (!broken) throw error;
    throw new Error(`The connection that guards the ${work} was lost: ${broken.message}.`, { cause: error });
  } finally {
    client.off('error', onError);
    // Closed, and not returned to the pool, so that the lock is released in any case.
    client.release(broken ?? true);
  }
}
