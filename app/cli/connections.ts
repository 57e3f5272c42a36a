import type { Pool } from 'pg';
import { topicNames, type Config, type Topics } from '../../infra/config';
import { kafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger, type Logger } from '../../infra/logger';
import { createViewPool } from '../../consumer/projector/view-pool';
import { createRegistry, type SchemaRegistry } from '../../schemas/registry/registry';
import type { Terminal } from './command';

/** The servers, as a command of the command line needs them. They are connected to on first use. */
export interface Connections {
  readonly config: Config;
  readonly topics: Topics;
  readonly log: KafkaLog;
  /** That of the live views: see `createViewPool`. */
  readonly pool: Pool;
  /** Opens such a pool for the views in another schema. Whoever opens it closes it. */
  readonly openPool: (schema: string) => Pool;
  readonly registry: SchemaRegistry;
  /** Says on stderr, in words, what a person has to know. */
  readonly logger: Logger;
}

/** Runs an action with the servers at hand, and lets go of them. */
export async function withConnections<T>(
  terminal: Terminal,
  action: (connections: Connections) => Promise<T>,
): Promise<T> {
  const config = terminal.config();
  const logger = createLogger('warn', { write: (line) => terminal.stderr.write(inWords(line)) });
  const log = new KafkaLog(kafkaSettings(config, 'library-cli'), logger);
  const pool = createViewPool(config.DATABASE_URL, logger, { max: 10 });
  const openPool = (schema: string) => createViewPool(config.DATABASE_URL, logger, { schema, max: 10 });
  const registry = createRegistry(config.SCHEMA_REGISTRY_URL);
  try {
    const topics = topicNames(config.TOPIC_PREFIX);
    return await action({ config, topics, log, pool, openPool, registry, logger });
  } finally {
    await Promise.allSettled([log.close(), pool.end()]);
  }
}

/** A line of the log as a person wants to read it. What kafkajs says of its own is left out: whoever asked tells. */
function inWords(line: string): string {
  const { msg, err, reason, kafkajs } = JSON.parse(line) as {
    msg: string;
    err?: { message: string };
    reason?: string;
    kafkajs?: object;
  };
  if (kafkajs) return '';
  const why = err?.message ?? reason;
  return why ? `${msg}: ${why}\n` : `${msg}\n`;
}
