import type { Pool } from 'pg';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ViewName } from '../../consumer/all-views';
import type { Config } from '../config';
import { partitionCounts, topicNames, type Topics } from '../../schemas/topics';
import { kafkaSettings, type KafkaSettings } from '../../infra/kafka/client';
import { warningOf } from '../../infra/kafka/security/security';
import { addFigures } from '../../infra/http/process-figures';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger, type Logger } from '../../infra/logger';
import type { Tracing } from '../../infra/tracing/tracing';
import { SchemaLedger } from '../../schemas/ledger/ledger';
import { ledgeredRegistry } from '../../schemas/ledger/ledgered-registry';
import { createRegistry, type SchemaRegistry } from '../../schemas/registry/registry';
import { registryAddress } from '../../schemas/settings';
import { registerBuildInfo } from './build-info';
import { Pools } from './pools';
import { nameOf, type Role } from './roles';

/** The connections and settings that the roles of one process share. */
export interface Context {
  readonly config: Config;
  readonly topics: Topics;
  /** Its lines carry the role, or those of the process. */
  readonly logger: Logger;
  /** A logger for a role of this process. */
  loggerOf(role: Role): Logger;
  readonly metrics: Registry;
  readonly kafka: KafkaSettings;
  readonly log: KafkaLog;
  /** Absent: traces are not asked for. */
  readonly tracing?: Tracing | undefined;
  /** It need not answer: the ledger has the IDs. */
  readonly registry: SchemaRegistry;
  readonly pools: Pools;
  /** For health and figures. */
  readonly pool: Pool;
  /** Ends the role after an error from which it cannot recover: with its process, or to start it again (`HostedRole`). */
  fail(error: Error): void;
  /** Told when a view has been given partitions, or that others have them all, for the first time and each time again. */
  onAssigned?(view: ViewName): void;
}

export interface RunningRole {
  /** Finishes work in progress and releases all resources. */
  close(): Promise<void>;
}

/**
 * Makes the context of a process. Connections are opened on first use.
 * @param fail see `Context`
 * @param roles for the log
 * @param tracing see `Context`; it is closed with the context
 */
export function createContext(
  config: Config,
  clientId: string,
  fail: (error: Error) => void,
  roles: readonly Role[] = [],
  tracing?: Tracing,
): Context {
  const bare = createLogger(config.LOG_LEVEL);
  const logger = bare.child({ role: nameOf(roles) });
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  registerBuildInfo(metrics);
  addFigures(metrics);
  const kafka = kafkaSettings(config, clientId);
  const warning = warningOf(kafka);
  if (warning) logger.warn(warning);
  const topics = topicNames(config.TOPIC_PREFIX);
  const pools = new Pools(config, logger);
  const log = new KafkaLog(kafka, logger, {
    sessionTimeout: config.KAFKA_SESSION_TIMEOUT,
    partitions: partitionCounts(topics),
  });
  return {
    config,
    topics,
    logger,
    loggerOf: (role) => bare.child({ role }),
    metrics,
    kafka,
    log,
    tracing,
    registry: ledgeredRegistry({
      registry: createRegistry(registryAddress(config)),
      ledger: new SchemaLedger(log, topics.schemas),
      keepFor: [topics.reservations, topics.outcomes],
    }),
    pools,
    pool: pools.of('health'),
    fail,
  };
}

/** Closes all connections. */
export async function closeContext({ log, pools, tracing }: Context): Promise<void> {
  await Promise.allSettled([log.close(), pools.close(), tracing?.close()]);
}
