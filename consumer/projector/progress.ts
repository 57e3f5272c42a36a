import type { Pool } from 'pg';
import { StreamMismatchError } from '../../infra/log/log';

/** The stored positions of one consumer in one topic. Views move them themselves, within their transactions. */
export class Progress {
  constructor(
    private readonly pool: Pool,
    private readonly consumer: string,
    private readonly topic: string,
    private readonly clusterId: string,
    private readonly schema = 'library',
  ) {}

  /**
   * The offset of the next record to be handled; 0 for a partition that was never read.
   * @throws {StreamMismatchError} when the stored position was taken from another Kafka cluster
   */
  async positionOf(partition: number): Promise<number> {
    const { rows } = await this.pool.query<{ next_offset: string; cluster_id: string }>(
      `WITH added AS (
         INSERT INTO "${this.schema}".progress (consumer, topic, partition, next_offset, cluster_id)
         VALUES ($1, $2, $3, 0, $4) ON CONFLICT DO NOTHING RETURNING next_offset, cluster_id)
       SELECT next_offset, cluster_id FROM added
       UNION ALL
       SELECT next_offset, cluster_id FROM "${this.schema}".progress WHERE consumer = $1 AND topic = $2 AND partition = $3`,
      [this.consumer, this.topic, partition, this.clusterId],
    );
    const stored = rows[0];
    // Added by another instance after our statement began: the next attempt sees it.
    if (!stored) return this.positionOf(partition);
    if (stored.cluster_id !== this.clusterId) {
      throw new StreamMismatchError(
        `The views were read from the Kafka cluster ${stored.cluster_id}, and this is ${this.clusterId}. ` +
          'Point KAFKA_BROKERS and DATABASE_URL at a pair that belongs together, or rebuild the views on an empty database.',
      );
    }
    return Number(stored.next_offset);
  }
}
