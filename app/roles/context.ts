import type { Pool } from 'pg';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { topicNames, type Config, type Topics } from '../../infra/config';
import { kafkaSettings, type KafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger, type Logger } from '../../infra/logger';
import { createViewPool } from '../../consumer/projector/view-pool';
import { createPool } from '../../infra/postgres/pool';
import { createRegistry, type SchemaRegistry } from '../../schemas/registry/registry';

/** What the roles of one process share. */
export interface Context {
  readonly config: Config;
  readonly topics: Topics;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly kafka: KafkaSettings;
  readonly log: KafkaLog;
  readonly registry: SchemaRegistry;
  /** For the projections. Their commits need not wait for the disk: after a crash the position is as old as the rows. */
  readonly projectionPool: Pool;
  /** For reading. */
  readonly pool: Pool;
  /** Ends the process: a role cannot go on. */
  fail(error: Error): void;
}

export interface RunningRole {
  /** Finishes what is under way and lets go of everything. */
  close(): Promise<void>;
}

export function createContext(config: Config, clientId: string, fail: (error: Error) => void): Context {
  const logger = createLogger(config.LOG_LEVEL);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const kafka = kafkaSettings(config, clientId);
  return {
    config,
    topics: topicNames(config.TOPIC_PREFIX),
    logger,
    metrics,
    kafka,
    log: new KafkaLog(kafka, logger, { sessionTimeout: config.KAFKA_SESSION_TIMEOUT }),
    registry: createRegistry(config.SCHEMA_REGISTRY_URL),
    projectionPool: createViewPool(config.DATABASE_URL, logger, { max: 6 }),
    pool: createPool(config.DATABASE_URL, logger, { max: 4 }),
    fail,
  };
}

export async function closeContext({ log, pool, projectionPool }: Context): Promise<void> {
  await Promise.allSettled([log.close(), pool.end(), projectionPool.end()]);
}
