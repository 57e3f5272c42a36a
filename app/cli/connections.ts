import type { Pool } from 'pg';
import type { Config } from '../config';
import { topicNames, type Topics } from '../../schemas/topics';
import { kafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger, type Logger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { createRegistry, type SchemaRegistry } from '../../schemas/registry/registry';
import type { Terminal } from './command';

/** The servers, as a command of the command line needs them. They are connected to on first use. */
export interface Connections {
  readonly config: Config;
  readonly topics: Topics;
  readonly log: KafkaLog;
  /** Its commits need not wait for the disk: what a crash of Postgres takes back is only done once more. */
  readonly pool: Pool;
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
  const pool = createPool(config.DATABASE_URL, logger, { options: '-c synchronous_commit=off', max: 10 });
  const registry = createRegistry(config.SCHEMA_REGISTRY_URL);
  try {
    return await action({ config, topics: topicNames(config.TOPIC_PREFIX), log, pool, registry, logger });
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
