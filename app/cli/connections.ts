import type { Pool } from 'pg';
import type { Config } from '../config';
import { topicNames, type Topics } from '../../schemas/topics';
import { kafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger, type Logger } from '../../infra/logger';
import { createViewPool } from '../../consumer/projector/view-pool';
import { ForgottenUsers } from '../../schemas/forgotten/forgotten-users';
import { SchemaLedger } from '../../schemas/ledger/ledger';
import { ledgeredRegistry } from '../../schemas/ledger/ledgered-registry';
import { createRegistry, type SchemaRegistry } from '../../schemas/registry/registry';
import type { Terminal } from './command';

/** The connections of a command to the servers. Each is opened on first use. */
export interface Connections {
  readonly config: Config;
  readonly topics: Topics;
  readonly log: KafkaLog;
  /** The pool of the live views: see `createViewPool`. */
  readonly pool: Pool;
  /** Opens such a pool for the views in another schema. Whoever opens it closes it. */
  readonly openPool: (schema: string) => Pool;
  readonly registry: SchemaRegistry;
  /** Who was forgotten, as of the start of the command. */
  readonly forgotten: ForgottenUsers;
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
  const pool = createViewPool(config.DATABASE_URL, logger, { max: 10 });
  const openPool = (schema: string) => createViewPool(config.DATABASE_URL, logger, { schema, max: 10 });
  const topics = topicNames(config.TOPIC_PREFIX);
  const registry = ledgeredRegistry({
    registry: createRegistry(config.SCHEMA_REGISTRY_URL),
    ledger: new SchemaLedger(log, topics.schemas),
  });
  const forgotten = new ForgottenUsers(log, topics.forgotten);
  try {
    return await action({ config, topics, log, pool, openPool, registry, forgotten, logger });
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
