import type { Pool } from 'pg';
import type { View } from './view';

export interface HoldOptions {
  readonly pool: Pool;
  readonly view: View;
  readonly topic: string;
}

/** If we die, the live consumer goes on after this time. */
const LENGTH = '10 seconds';

/**
 * Makes the live consumer stand still where it is, in all partitions: a new epoch begins, and where it stands is not told
 * to anybody for a while.
 */
export async function hold({
  pool,
  view,
  topic,
  partitions,
  clusterId,
}: HoldOptions & { readonly partitions: number; readonly clusterId: string }): Promise<void> {
  await pool.query(
    `INSERT INTO library.progress AS p (consumer, topic, partition, next_offset, cluster_id, held_until)
     SELECT $1, $2, n, 0, $4, clock_timestamp() + interval '${LENGTH}' FROM generate_series(0, $3::int - 1) AS n
     ON CONFLICT (consumer, topic, partition)
     DO UPDATE SET epoch = p.epoch + 1, held_until = excluded.held_until`,
    [view.name, topic, partitions, clusterId],
  );
}

export async function releaseHold({ pool, view, topic }: HoldOptions): Promise<void> {
  await pool.query(
    'UPDATE library.progress SET held_until = NULL WHERE consumer = $1 AND topic = $2 AND held_until IS NOT NULL',
    [view.name, topic],
  );
}
