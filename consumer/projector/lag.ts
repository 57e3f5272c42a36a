import type { Pool } from 'pg';
import type { Log } from '../../infra/event-log/log';
import { allCheckpoints, type ConsumerOfTopic, type StoredCheckpoint } from './checkpoint';

export interface ConsumerLag extends ConsumerOfTopic {
  /** Records of the topic that the consumer has not projected yet, over all partitions. */
  readonly lag: number;
  /** Records that are set aside: dead, or parked behind a dead one of their book. */
  readonly setAside: number;
}

/** How far a consumer is in one partition, by its checkpoint. */
export interface PartitionLag extends StoredCheckpoint {
  /** The end of the partition. */
  readonly end: number;
  readonly lag: number;
}

/**
 * How far each consumer is behind, by its checkpoints, in each partition that it has begun.
 * @throws {Error} when Kafka or Postgres is not there
 */
export async function partitionLags(log: Pick<Log, 'bounds'>, pool: Pool): Promise<PartitionLag[]> {
  const checkpoints = await allCheckpoints(pool);
  const ends = new Map<string, number>();
  for (const topic of new Set(checkpoints.map((checkpoint) => checkpoint.topic))) {
    for (const { partition, end } of await log.bounds(topic)) ends.set(`${topic}/${partition}`, end);
  }
  return checkpoints.map((checkpoint) => {
    const { topic, partition, offset } = checkpoint;
    const end = ends.get(`${topic}/${partition}`) ?? 0;
    return { ...checkpoint, end, lag: Math.max(0, end - offset) };
  });
}

/**
 * How far each consumer is behind, by its checkpoints.
 * @throws {Error} when Kafka or Postgres is not there
 */
export async function consumerLag(log: Pick<Log, 'bounds'>, pool: Pool): Promise<ConsumerLag[]> {
  const lags = new Map<string, ConsumerLag>();
  for (const { consumer, topic, setAside, lag: behind } of await partitionLags(log, pool)) {
    const key = `${consumer}/${topic}`;
    const { lag, setAside: before } = lags.get(key) ?? { lag: 0, setAside: 0 };
    lags.set(key, { consumer, topic, lag: lag + behind, setAside: before + setAside });
  }
  return [...lags.values()];
}
