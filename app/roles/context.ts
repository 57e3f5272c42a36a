import type { Pool } from 'pg';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from '../config';
import { partitionCounts, topicNames, type Topics } from '../../schemas/topics';
import { kafkaSettings, type KafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger, type Logger } from '../../infra/logger';
import { createViewPool } from '../../consumer/projector/view-pool';
import { createPool } from '../../infra/postgres/pool';
import { createRegistry, type SchemaRegistry } from '../../schemas/registry/registry';

/** The connections and settings that the roles of one process share. */
export interface Context {
  readonly config: Config;
  readonly topics: Topics;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly kafka: KafkaSettings;
  readonly log: KafkaLog;
  readonly registry: SchemaRegistry;
  /** For projections. Commits do not wait for the disk: rows and checkpoint change together, so a crash loses both or none. */
  readonly projectionPool: Pool;
  /** For reads. */
  readonly pool: Pool;
  /** Ends the process after an error from which a role cannot recover. */
  fail(error: Error): void;
}

export interface RunningRole {
  /** Finishes work in progress and releases all resources. */
  close(): Promise<void>;
}

/** Makes the context of a process. Connections are opened on first use. @param fail see `Context` */
export function createContext(config: Config, clientId: string, fail: (error: Error) => void): Context {
  const logger = createLogger(config.LOG_LEVEL);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const kafka = kafkaSettings(config, clientId);
  const topics = topicNames(config.TOPIC_PREFIX);
  const statementTimeout = config.STATEMENT_TIMEOUT;
  return {
    config,
    topics,
    logger,
    metrics,
    kafka,
    log: new KafkaLog(kafka, logger, {
      sessionTimeout: config.KAFKA_SESSION_TIMEOUT,
      partitions: partitionCounts(topics),
    }),
    registry: createRegistry(config.SCHEMA_REGISTRY_URL),
    projectionPool: createViewPool(config.DATABASE_URL, logger, { max: 6, statementTimeout }),
    pool: createPool(config.DATABASE_URL, logger, { max: 4, statementTimeout }),
    fail,
  };
}

/** Closes all connections. */
export async function closeContext({ log, pool, projectionPool }: Context): Promise<void> {
  await Promise.allSettled([log.close(), pool.end(), projectionPool.end()]);
}
