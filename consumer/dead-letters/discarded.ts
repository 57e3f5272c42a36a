import type { Pool, PoolClient } from 'pg';
import { formatPosition } from '../../infra/event-log/log';

/** The records that somebody has decided to leave out of a view, by position. */
export async function discardedPositions(
  database: Pool | PoolClient,
  consumer: string,
  topic: string,
): Promise<Set<string>> {
  const { rows } = await database.query<{ partition: number; offset: string }>(
    `SELECT partition, "offset" FROM library.dead_letters WHERE consumer = $1 AND topic = $2 AND status = 'discarded'`,
    [consumer, topic],
  );
  return new Set(rows.map(({ partition, offset }) => formatPosition({ partition, offset: Number(offset) })));
}
