import type { Config } from './config';
import { kafkaSettings } from '../infra/kafka/client';
import { KafkaLog } from '../infra/kafka/kafka-log';
import { createLogger } from '../infra/logger';
import { createPool } from '../infra/postgres/pool';
import { table } from './terminal/table';

export interface ConsumerLag {
  readonly consumer: string;
  readonly topic: string;
  /** Records of the topic that the consumer has not stored yet, over all partitions. */
  readonly lag: number;
  /** Records that are set aside: dead, or parked behind a dead one of their book. */
  readonly setAside: number;
}

/**
 * How far each consumer is behind, by the positions that it has stored.
 * @throws {Error} when Kafka or Postgres is not there
 */
export async function consumerLag(config: Config): Promise<ConsumerLag[]> {
  const logger = createLogger('silent');
  const log = new KafkaLog(kafkaSettings(config, 'library-lag'), logger);
  const pool = createPool(config.DATABASE_URL, logger, { max: 1 });
  try {
    const { rows } = await pool.query<{
      consumer: string;
      topic: string;
      partition: number;
      next_offset: string;
      set_aside: number;
    }>(
      `SELECT p.consumer, p.topic, p.partition, p.next_offset,
              (SELECT count(*)::int FROM library.dead_letters d
                WHERE d.consumer = p.consumer AND d.topic = p.topic AND d.partition = p.partition AND d.status <> 'discarded') AS set_aside
         FROM library.progress p ORDER BY p.consumer, p.topic`,
    );
    const ends = new Map<string, number>();
    for (const topic of new Set(rows.map((row) => row.topic))) {
      for (const { partition, end } of await log.bounds(topic)) ends.set(`${topic}/${partition}`, end);
    }
    const lags = new Map<string, ConsumerLag>();
    for (const { consumer, topic, partition, next_offset: next, set_aside: setAside } of rows) {
      const key = `${consumer}/${topic}`;
      const behind = Math.max(0, (ends.get(`${topic}/${partition}`) ?? 0) - Number(next));
      const { lag, setAside: before } = lags.get(key) ?? { lag: 0, setAside: 0 };
      lags.set(key, { consumer, topic, lag: lag + behind, setAside: before + setAside });
    }
    return [...lags.values()];
  } finally {
    await Promise.allSettled([log.close(), pool.end()]);
  }
}

/** The same as a table, its lines. */
export function describeLag(lags: readonly ConsumerLag[]): string[] {
  if (lags.length === 0) return ['No consumer has stored a position yet.'];
  return table([
    ['CONSUMER', 'TOPIC', 'LAG', 'SET ASIDE'],
    ...lags.map(({ consumer, topic, lag, setAside }) => [consumer, topic, String(lag), String(setAside)]),
  ]);
}
