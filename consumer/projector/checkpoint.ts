import type { Pool } from 'pg';
import { StreamMismatchError } from '../../infra/event-log/log';

/** Where a consumer stands in one partition. */
export interface PartitionState {
  /** The offset of the next record to be handled. */
  readonly offset: number;
  /** See `Step`. */
  readonly epoch: number;
  /** The books whose next events have to wait behind a dead letter. */
  readonly blocked: ReadonlySet<string>;
}

/** A rebuilt view is about to take the place of this one. It takes a moment, and ends by itself. */
export class CheckpointHeldError extends Error {
  override readonly name = 'HeldError';
}

/** A stored position was taken from another cluster than the one that is read now. */
export function otherCluster(stored: string, now: string): StreamMismatchError {
  return new StreamMismatchError(
    `The views were read from the Kafka cluster ${stored}, and this is ${now}. ` +
      'Point KAFKA_BROKERS and DATABASE_URL at a pair that belongs together, or read the stream into an empty database.',
  );
}

interface Row {
  readonly next_offset: string;
  readonly epoch: string;
  readonly cluster_id: string;
  readonly held: boolean;
  readonly blocked: string[];
}

/** The stored positions of one consumer in one topic. Views move them themselves, within their transactions. */
export class Checkpoints {
  private readonly text: string;

  constructor(
    private readonly pool: Pool,
    private readonly consumer: string,
    private readonly topic: string,
    private readonly clusterId: string,
    schema = 'library',
  ) {
    this.text = `
      WITH added AS (
        INSERT INTO "${schema}".progress (consumer, topic, partition, next_offset, cluster_id)
        VALUES ($1, $2, $3, 0, $4) ON CONFLICT DO NOTHING RETURNING next_offset, epoch, cluster_id, held_until)
      SELECT next_offset, epoch, cluster_id, coalesce(held_until > clock_timestamp(), false) AS held,
             ARRAY(SELECT DISTINCT book_id FROM "${schema}".dead_letters
                    WHERE consumer = $1 AND topic = $2 AND partition = $3 AND status <> 'discarded' AND book_id IS NOT NULL) AS blocked
        FROM (SELECT * FROM added
              UNION ALL
              SELECT next_offset, epoch, cluster_id, held_until FROM "${schema}".progress
               WHERE consumer = $1 AND topic = $2 AND partition = $3) AS stored`;
  }

  /**
   * Where the consumer stands; at 0 in a partition that was never read.
   * @throws {StreamMismatchError} when the stored position was taken from another Kafka cluster
   * @throws {CheckpointHeldError} while the position must not be moved
   */
  async stateOf(partition: number): Promise<PartitionState> {
    const values = [this.consumer, this.topic, partition, this.clusterId];
    const { rows } = await this.pool.query<Row>(this.text, values);
    const stored = rows[0];
    // Added by another instance after our statement began: the next attempt sees it.
    if (!stored) return this.stateOf(partition);
    if (stored.cluster_id !== this.clusterId) throw otherCluster(stored.cluster_id, this.clusterId);
    if (stored.held)
      throw new CheckpointHeldError(`partition ${partition} is held: a rebuilt view takes its place`);
    return {
      offset: Number(stored.next_offset),
      epoch: Number(stored.epoch),
      blocked: new Set(stored.blocked),
    };
  }
}
