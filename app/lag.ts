import { consumerLag, type ConsumerLag } from '../consumer/projector/lag';
import { kafkaSettings } from '../infra/kafka/client';
import { KafkaLog } from '../infra/kafka/kafka-log';
import type { KafkaEnvironment } from '../infra/kafka/settings';
import { createLogger } from '../infra/logger';
import { createPool } from '../infra/postgres/pool';
import { table } from './terminal/table';

/**
 * How far each consumer is behind, asked over connections of its own.
 * @throws {Error} when Kafka or Postgres is not there
 */
export async function readLag(
  config: KafkaEnvironment & { readonly DATABASE_URL: string },
): Promise<ConsumerLag[]> {
  const logger = createLogger('silent');
  const log = new KafkaLog(kafkaSettings(config, 'library-lag'), logger);
  const pool = createPool(config.DATABASE_URL, logger, { max: 1 });
  try {
    return await consumerLag(log, pool);
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
