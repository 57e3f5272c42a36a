import type { Pool, PoolClient } from 'pg';
import { isConnectionLost } from './errors';

/**
 * Runs an action in one transaction: it is committed when the action resolves, and rolled back when it throws. When the
 * connection is lost meanwhile it throws too, and it is not known whether a commit under way took effect.
 * @param begin the statement that begins it, for another isolation level for example
 */
export async function inTransaction<T>(
  pool: Pool,
  action: (client: PoolClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that is lost between two statements emits 'error'; without a listener that would end the process.
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query(begin);
    const result = await action(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    if (isConnectionLost(error)) broken = error as Error;
    else await client.query('ROLLBACK').catch((failed: Error) => (broken = failed));
    throw error;
  } finally {
    client.off('error', onError);
    // A broken connection is closed, and not returned to the pool: that, too, rolls the transaction back.
    client.release(broken);
  }
}
