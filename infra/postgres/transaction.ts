import type { Pool, PoolClient } from 'pg';

/**
 * Runs an action in one transaction: all of it, or nothing when it throws.
 * @param begin the statement that begins it, where it is to be of a kind of its own
 */
export async function inTransaction<T>(
  pool: Pool,
  action: (client: PoolClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(begin);
    const result = await action(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
