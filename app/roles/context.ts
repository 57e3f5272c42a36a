import type { Pool } from 'pg';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from '../config';
import { partitionCounts, topicNames, type Topics } from '../../schemas/topics';
import { kafkaSettings, type KafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger, type Logger } from '../../infra/logger';
import { Pools } from './pools';
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
  readonly pools: Pools;
  /** For health and figures. */
  readonly pool: Pool;
  /** Ends the role after an error from which it cannot recover: with its process, or to start it again (`HostedRole`). */
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
  const pools = new Pools(config.DATABASE_URL, logger);
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
    pools,
    pool: pools.of('health'),
    fail,
  };
}

/** Closes all connections. */
export async function closeContext({ log, pools }: Context): Promise<void> {
  await Promise.allSettled([log.close(), pools.close()]);
}
