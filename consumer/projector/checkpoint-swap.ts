import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import type { ConsumerOfTopic } from './checkpoint';

/** What a rebuild does with the live consumer's checkpoints while its view replaces the live one. */

/** If the rebuild dies, the live consumer goes on after this time. */
const LONGEST_HOLD = '10 seconds';

export interface HoldOptions extends ConsumerOfTopic {
  readonly partitions: number;
  readonly clusterId: string;
}

/**
 * Stops the live consumer where it is, in all partitions: a new epoch begins, and `Checkpoints.stateOf` refuses until the
 * hold is released or has expired, after 10 seconds.
 */
export async function holdCheckpoints(
  pool: Pool,
  { consumer, topic, partitions, clusterId }: HoldOptions,
): Promise<void> {
  await pool.query(
    `INSERT INTO library.progress AS p (consumer, topic, partition, next_offset, cluster_id, held_until)
     SELECT $1, $2, n, 0, $4, clock_timestamp() + interval '${LONGEST_HOLD}' FROM generate_series(0, $3::int - 1) AS n
     ON CONFLICT (consumer, topic, partition)
     DO UPDATE SET epoch = p.epoch + 1, held_until = excluded.held_until`,
    [consumer, topic, partitions, clusterId],
  );
}

/** Ends a hold. Does nothing where there is none. */
export async function releaseHold(pool: Pool, { consumer, topic }: ConsumerOfTopic): Promise<void> {
  await pool.query(
    'UPDATE library.progress SET held_until = NULL WHERE consumer = $1 AND topic = $2 AND held_until IS NOT NULL',
    [consumer, topic],
  );
}

export interface ScratchCheckpoints extends ConsumerOfTopic {
  /** The schema of the rebuilt view. */
  readonly schema: string;
}

/** A partition in which the rebuilt view is not as far as the live one; undefined where there is none. */
export async function partitionBehind(
  client: PoolClient,
  { consumer, topic, schema }: ScratchCheckpoints,
): Promise<number | undefined> {
  const { rows } = await client.query<{ partition: number }>(
    `SELECT p.partition FROM library.progress p
       LEFT JOIN ${escapeIdentifier(schema)}.progress s ON s.consumer = $1 AND s.topic = $2 AND s.partition = p.partition
      WHERE p.consumer = $1 AND p.topic = $2 AND coalesce(s.next_offset, 0) < p.next_offset LIMIT 1`,
    [consumer, topic],
  );
  return rows[0]?.partition;
}

/**
 * Advances the live checkpoints to those of the rebuilt view, begins a new epoch, and ends the hold. Both hold up the same
 * books; behind them the rebuilt view has come to further records.
 */
export async function adoptCheckpoints(
  client: PoolClient,
  { consumer, topic, schema }: ScratchCheckpoints,
): Promise<void> {
  await client.query(
    `UPDATE library.progress p SET next_offset = s.next_offset, epoch = p.epoch + 1, held_until = NULL, updated_at = now()
       FROM ${escapeIdentifier(schema)}.progress s
      WHERE p.consumer = $1 AND p.topic = $2 AND s.consumer = $1 AND s.topic = $2 AND s.partition = p.partition`,
    [consumer, topic],
  );
  await client.query(
    `UPDATE library.held_books h SET parked = s.parked
       FROM ${escapeIdentifier(schema)}.held_books s
      WHERE h.consumer = $1 AND h.topic = $2 AND s.consumer = $1 AND s.topic = $2 AND s.partition = h.partition AND s.book_id = h.book_id`,
    [consumer, topic],
  );
}
