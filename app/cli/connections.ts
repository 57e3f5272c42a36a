import type { Pool } from 'pg';
import type { Config } from '../config';
import { topicNames, type Topics } from '../../schemas/topics';
import { kafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger, type Logger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { createRegistry, type SchemaRegistry } from '../../schemas/registry/registry';
import type { Terminal } from './command';

/** The connections of a command to the servers. Each is opened on first use. */
export interface Connections {
  readonly config: Config;
  readonly topics: Topics;
  readonly log: KafkaLog;
  /** Commits do not wait for the disk: work that a crash of Postgres loses is repeated. */
  readonly pool: Pool;
  readonly registry: SchemaRegistry;
  /** Writes warnings and errors to stderr, as text for a person. */
  readonly logger: Logger;
}

/** Runs an action with connections to the servers, and closes them. */
export async function withConnections<T>(
  terminal: Terminal,
  action: (connections: Connections) => Promise<T>,
): Promise<T> {
  const config = terminal.config();
  const logger = createLogger('warn', { write: (line) => terminal.stderr.write(asText(line)) });
  const log = new KafkaLog(kafkaSettings(config, 'library-cli'), logger);
  const pool = createPool(config.DATABASE_URL, logger, { options: '-c synchronous_commit=off', max: 10 });
  const registry = createRegistry(config.SCHEMA_REGISTRY_URL);
  try {
    return await action({ config, topics: topicNames(config.TOPIC_PREFIX), log, pool, registry, logger });
  } finally {
    await Promise.allSettled([log.close(), pool.end()]);
  }
}

/** A log line as text for a person. Lines of kafkajs are dropped: the failing call reports the error. */
function asText(line: string): string {
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
