import type { Pool, PoolClient } from 'pg';

/**
 * Runs an action in one transaction: it is committed when the action resolves, and rolled back when it throws.
 * @param begin the statement that begins it, for another isolation level for example
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
