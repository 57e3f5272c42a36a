import type { ClientBase, Pool } from 'pg';
import { StreamMismatchError, type Log, type Position } from '../../infra/event-log/log';
import type { ForgottenUsers } from '../../schemas/forgotten/forgotten-users';
import { blockedBooksSql, type PartitionParameters } from './set-aside-sql';

/**
 * The table `progress`: where each consumer stands in each partition. All SQL on it is in this file and in
 * `checkpoint-swap.ts`. What replays use too names the table without its schema, which the connection's `search_path`
 * chooses; what concerns live consumers only names `library`.
 */

/** Where a consumer stands in one partition. */
export interface PartitionState {
  /** The offset of the next record to be projected. */
  readonly offset: number;
  /** See `CheckpointAdvance`. */
  readonly epoch: number;
  /** The books whose next events have to wait behind a dead letter. */
  readonly blocked: ReadonlySet<string>;
}

/** A consumer of a topic. */
export interface ConsumerOfTopic {
  readonly consumer: string;
  readonly topic: string;
}

/** A rebuilt view is about to replace this one. The hold is short, and expires by itself. */
export class CheckpointHeldError extends Error {
  override readonly name = 'HeldError';
}

/** What tells a stream from another one of the same name. */
export type StreamIdentity = Pick<Log, 'identity' | 'topicId'>;

function otherCluster(stored: string, now: string): StreamMismatchError {
  return new StreamMismatchError(
    `The views were read from the Kafka cluster ${stored}, and this is ${now}. ` +
      'Point KAFKA_BROKERS and DATABASE_URL at a pair that belongs together, or read the stream into an empty database.',
  );
}

function otherTopic(topic: string, stored: string, now: string): StreamMismatchError {
  return new StreamMismatchError(
    `The topic ${topic} was deleted and made anew since the views were read from it: its ID was ${stored}, and is ${now}. ` +
      'Point KAFKA_BROKERS and DATABASE_URL at a pair that belongs together, or read the stream into an empty database.',
  );
}

interface Row {
  readonly next_offset: string;
  readonly epoch: string;
  readonly cluster_id: string;
  readonly topic_id: string | null;
  readonly held: boolean;
  readonly blocked: string[];
}

const STATE = `
WITH added AS (
  INSERT INTO progress (consumer, topic, partition, next_offset, cluster_id, topic_id)
  VALUES ($1, $2, $3, 0, $4, $5) ON CONFLICT DO NOTHING RETURNING next_offset, epoch, cluster_id, topic_id, held_until),
learnt AS (
  UPDATE progress SET topic_id = $5
   WHERE consumer = $1 AND topic = $2 AND partition = $3 AND topic_id IS NULL AND cluster_id = $4 AND $5::text IS NOT NULL)
SELECT next_offset, epoch, cluster_id, topic_id, coalesce(held_until > clock_timestamp(), false) AS held,
       ${blockedBooksSql({ consumer: '$1', topic: '$2', partition: '$3' })} AS blocked
  FROM (SELECT * FROM added
        UNION ALL
        SELECT next_offset, epoch, cluster_id, topic_id, held_until FROM progress
         WHERE consumer = $1 AND topic = $2 AND partition = $3) AS stored`;

/** The checkpoints of one consumer in one topic. Projections advance them, within their own transactions. */
export class Checkpoints {
  /**
   * @param pool its `search_path` names the schema of the view
   * @param forgotten who was forgotten, to be known before anything is projected from a state
   */
  constructor(
    private readonly pool: Pool,
    private readonly consumer: string,
    private readonly topic: string,
    private readonly stream: StreamIdentity,
    private readonly forgotten?: Pick<ForgottenUsers, 'refresh'>,
  ) {}

  /**
   * Where the consumer stands; at 0 in a partition that was never read.
   * @throws {StreamMismatchError} when the stored position was taken from another Kafka cluster, or an earlier topic of the name
   * @throws {CheckpointHeldError} while the checkpoint must not be advanced
   * @throws {ForgottenUnreadableError} when it cannot be known at present who was forgotten
   */
  async stateOf(partition: number): Promise<PartitionState> {
    const [clusterId, topicId] = await Promise.all([this.stream.identity(), this.stream.topicId(this.topic)]);
    const values = [this.consumer, this.topic, partition, clusterId, topicId ?? null];
    const { rows } = await this.pool.query<Row>(STATE, values);
    const stored = rows[0];
    // Added by another instance after our statement began: the next attempt sees it.
    if (!stored) return this.stateOf(partition);
    if (stored.cluster_id !== clusterId) throw otherCluster(stored.cluster_id, clusterId);
    // Without an ID on one of the sides nothing is known.
    if (topicId && stored.topic_id && stored.topic_id !== topicId)
      throw otherTopic(this.topic, stored.topic_id, topicId);
    if (stored.held)
      throw new CheckpointHeldError(`partition ${partition} is held: a rebuilt view takes its place`);
    // Afterwards: whoever forgets somebody makes that known first, and then begins a new epoch.
    await this.forgotten?.refresh();
    return {
      offset: Number(stored.next_offset),
      epoch: Number(stored.epoch),
      blocked: new Set(stored.blocked),
    };
  }

  /** Where the consumer stands in every partition that it has begun: the offset of its next record. */
  positions(): Promise<ReadonlyMap<number, number>> {
    return storedPositions(this.pool, { consumer: this.consumer, topic: this.topic });
  }
}

/** The parameters of an advance, as they are numbered in the statement. */
export interface AdvanceParameters extends PartitionParameters {
  readonly fromOffset: string;
  readonly nextOffset: string;
  readonly epoch: string;
}

/**
 * The part of a WITH list that advances a checkpoint, but only if the partition is where the advance begins. It has one row
 * then, else none. The row lock makes a second projector of the same partition wait here until the first has committed, and
 * then find the checkpoint advanced.
 */
export function advanceSql(parameters: AdvanceParameters): string {
  const { consumer, topic, partition, fromOffset, nextOffset, epoch } = parameters;
  return `fence AS (
  UPDATE progress SET next_offset = ${nextOffset}, updated_at = now()
   WHERE consumer = ${consumer} AND topic = ${topic} AND partition = ${partition} AND next_offset = ${fromOffset} AND epoch = ${epoch}
  RETURNING true AS held
)`;
}

/** Begins a new epoch of a partition: a projector that works on it is fenced off, and reads the state again. */
export async function beginEpoch(
  database: Pool | ClientBase,
  { consumer, topic }: ConsumerOfTopic,
  partition: number,
): Promise<void> {
  await database.query(
    'UPDATE library.progress SET epoch = epoch + 1 WHERE consumer = $1 AND topic = $2 AND partition = $3',
    [consumer, topic, partition],
  );
}

/** A partition in which the live consumer stands still. */
export interface PartitionHold extends Omit<PartitionState, 'blocked'> {
  /** Lets it go on. Does nothing when the hold has expired. */
  release(): Promise<void>;
}

/**
 * Stops the live consumer where it is in one partition, until the hold is released, or for ten seconds.
 * @returns undefined while somebody else holds the partition
 */
export async function holdPartition(
  pool: Pool,
  { consumer, topic }: ConsumerOfTopic,
  partition: number,
): Promise<PartitionHold | undefined> {
  const { rows } = await pool.query<{ next_offset: string; epoch: string; until: string }>(
    `UPDATE library.progress SET epoch = epoch + 1, held_until = clock_timestamp() + interval '10 seconds'
      WHERE consumer = $1 AND topic = $2 AND partition = $3 AND coalesce(held_until < clock_timestamp(), true)
     RETURNING next_offset, epoch, held_until::text AS until`,
    [consumer, topic, partition],
  );
  const [held] = rows;
  if (!held) return undefined;
  return {
    offset: Number(held.next_offset),
    epoch: Number(held.epoch),
    async release() {
      await pool.query(
        `UPDATE library.progress SET held_until = NULL
          WHERE consumer = $1 AND topic = $2 AND partition = $3 AND held_until = $4::timestamptz`,
        [consumer, topic, partition, held.until],
      );
    },
  };
}

/**
 * Where the live consumer stands, by partition: the offset of its next record.
 * @param timeout how long the answer may take, in milliseconds; default: as long as any of the pool's
 */
export async function storedPositions(
  database: Pool | ClientBase,
  { consumer, topic }: ConsumerOfTopic,
  timeout?: number,
): Promise<Map<number, number>> {
  const query = {
    name: 'stored-positions',
    text: 'SELECT partition, next_offset FROM library.progress WHERE consumer = $1 AND topic = $2',
    values: [consumer, topic],
    query_timeout: timeout,
  };
  const { rows } = await database.query<{ partition: number; next_offset: string }>(query);
  return new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
}

/** The stored position of any consumer, with what it has set aside of the partition. */
export interface StoredCheckpoint extends ConsumerOfTopic, Position {
  /** Records that are set aside: dead, or parked behind a dead one of their book. */
  readonly setAside: number;
  /** When it was stored. */
  readonly movedAt: Date;
}

/** The checkpoints of all live consumers, in the order of consumers and topics. */
export async function allCheckpoints(pool: Pool): Promise<StoredCheckpoint[]> {
  const { rows } = await pool.query<Omit<StoredCheckpoint, 'offset'> & { readonly next_offset: string }>(
    `SELECT p.consumer, p.topic, p.partition, p.next_offset, p.updated_at AS "movedAt",
            ((SELECT count(*) FROM library.dead_letters d
               WHERE d.consumer = p.consumer AND d.topic = p.topic AND d.partition = p.partition AND d.status = 'dead')
             + (SELECT coalesce(sum(h.parked), 0) FROM library.held_books h
                 WHERE h.consumer = p.consumer AND h.topic = p.topic AND h.partition = p.partition))::int AS "setAside"
       FROM library.progress p ORDER BY p.consumer, p.topic`,
  );
  return rows.map(({ next_offset: next, ...row }) => ({ ...row, offset: Number(next) }));
}

/**
 * @throws {StreamMismatchError} when the live view was read from another cluster, or an earlier topic of the name: its positions mean
 *   nothing in this one
 */
export async function assertSameStream(
  pool: Pool,
  { consumer, topic }: ConsumerOfTopic,
  stream: StreamIdentity,
): Promise<void> {
  const [clusterId, topicId] = await Promise.all([stream.identity(), stream.topicId(topic)]);
  const { rows } = await pool.query<Pick<Row, 'cluster_id' | 'topic_id'>>(
    `SELECT cluster_id, topic_id FROM library.progress
      WHERE consumer = $1 AND topic = $2 AND (cluster_id <> $3 OR topic_id <> $4) LIMIT 1`,
    [consumer, topic, clusterId, topicId ?? null],
  );
  const [other] = rows;
  if (!other) return;
  if (other.cluster_id !== clusterId) throw otherCluster(other.cluster_id, clusterId);
  throw otherTopic(topic, String(other.topic_id), String(topicId));
}
