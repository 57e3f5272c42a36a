import type { Config } from '../infra/config';
import { kafkaSettings } from '../infra/kafka/client';
import { KafkaLog } from '../infra/kafka/kafka-log';
import { createLogger } from '../infra/logger';
import { createPool } from '../infra/postgres/pool';

export interface ConsumerLag {
  readonly consumer: string;
  readonly topic: string;
  /** Records of the topic that the consumer has not stored yet, over all partitions. */
  readonly lag: number;
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
    }>('SELECT consumer, topic, partition, next_offset FROM library.progress ORDER BY consumer, topic');
    const ends = new Map<string, number>();
    for (const topic of new Set(rows.map((row) => row.topic))) {
      for (const { partition, end } of await log.bounds(topic)) ends.set(`${topic}/${partition}`, end);
    }
    const lags = new Map<string, ConsumerLag>();
    for (const { consumer, topic, partition, next_offset } of rows) {
      const key = `${consumer}/${topic}`;
      const behind = Math.max(0, (ends.get(`${topic}/${partition}`) ?? 0) - Number(next_offset));
      lags.set(key, { consumer, topic, lag: (lags.get(key)?.lag ?? 0) + behind });
    }
    return [...lags.values()];
  } finally {
    await Promise.allSettled([log.close(), pool.end()]);
  }
}
