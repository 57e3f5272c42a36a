import type { Pool } from 'pg';

/** What becomes of checkpoints when the stream that they belong to is restored elsewhere. */

/** A topic that was restored: every record of it is at the offset that it had. */
export interface MovedTopic {
  readonly topic: string;
  /** The cluster that it was in, and its ID there; null where it is not known. */
  readonly from: { readonly clusterId: string; readonly topicId: string | null };
  /** By partition. */
  readonly ends: readonly number[];
}

/**
 * Makes sure that no checkpoint of the topics is beyond what was restored, and that all are of the stream that was.
 * @returns how many there are
 * @throws {Error} naming one that does not fit
 */
export async function assertMovable(pool: Pool, topics: readonly MovedTopic[]): Promise<number> {
  const { rows: there } = await pool.query<{ there: boolean }>(
    `SELECT to_regclass('library.progress') IS NOT NULL AS there`,
  );
  if (!there[0]!.there) return 0;
  const { rows } = await pool.query<{
    consumer: string;
    topic: string;
    partition: number;
    next_offset: string;
    cluster_id: string;
    topic_id: string | null;
  }>(
    'SELECT consumer, topic, partition, next_offset, cluster_id, topic_id FROM library.progress ORDER BY 1, 2, 3',
  );
  for (const { consumer, topic, partition, next_offset: next, cluster_id: cluster, topic_id: id } of rows) {
    const moved = topics.find((each) => each.topic === topic);
    const end = moved?.ends[partition];
    const isOfIt = moved?.from.clusterId === cluster && (id === null || id === moved.from.topicId);
    if (end === undefined || !isOfIt)
      throw new Error(
        `The database was filled from another stream than the backup's: see "${consumer}" in library.progress`,
      );
    if (Number(next) > end)
      throw new Error(
        `The database is newer than the backup: "${consumer}" has read ${topic} partition ${partition} up to ${next}, and the backup ends at ${end}. ` +
          'Restore an older dump, or a later backup; or empty the database and let the views be made from the stream',
      );
  }
  return rows.length;
}

/** Lets the checkpoints of a topic be those of its new cluster. */
export async function moveCheckpoints(
  pool: Pool,
  topic: string,
  to: { readonly clusterId: string; readonly topicId: string | null },
): Promise<void> {
  await pool.query(
    'UPDATE library.progress SET cluster_id = $2, topic_id = $3, epoch = epoch + 1, held_until = NULL WHERE topic = $1',
    [topic, to.clusterId, to.topicId],
  );
}
