import { migrate, migrations } from '../consumer/prisma/migrate';
import { loadConfig, type Config } from './config';
import { setAccessLists } from '../infra/kafka/access-lists';
import { kafkaSettings, type KafkaSettings } from '../infra/kafka/client';
import { KafkaLog } from '../infra/kafka/kafka-log';
import { checkTopics, createTopics } from '../infra/kafka/topics';
import { createLogger, type Logger } from '../infra/logger';
import { createRegistry, type SchemaRegistry } from '../schemas/registry/registry';
import { registryAddress } from '../schemas/settings';
import { deploySchemas } from '../schemas/ledger/deploy-schemas';
import { SchemaLedger } from '../schemas/ledger/ledger';
import { partitionCounts, topicNames, topicSpecs, type Topics } from '../schemas/topics';
import { accessEntries, isInTable } from './rights/access-lists';
import { grantPrivileges } from './rights/grants';

/** Nobody waits for an answer meanwhile. */
const APPEND_TIMEOUT_MS = 30_000;

/**
 * Prepares running servers: creates missing topics, registers the schemas, also those that the registry has lost, migrates
 * the database. With `GRANT_RIGHTS` each principal and each role of the database gets what the table of rights says, and nothing else.
 * Idempotent, and safe while roles are running.
 * @throws {Error} in one sentence, when a topic, a schema or a table already exists and does not fit
 */
export async function deploy(config: Config): Promise<void> {
  await deployStream(config);
  await migrate(config.DATABASE_URL, migrations());
  if (config.GRANT_RIGHTS) await grantPrivileges(config.DATABASE_URL);
}

/** The part of a deploy that is about the stream: topics and schemas. */
export async function deployStream(config: Config): Promise<void> {
  const logger = createLogger('error');
  const kafka = kafkaSettings(config, 'library-deploy');
  const topics = topicNames(config.TOPIC_PREFIX);
  const specs = topicSpecs(topics);
  const { TOPIC_PREFIX: prefix } = config;
  if (config.GRANT_RIGHTS) await setAccessLists(kafka, logger, accessEntries(prefix), isInTable(prefix));
  await createTopics(kafka, logger, specs, config.REPLICATION_FACTOR);
  await checkTopics(kafka, logger, specs, config.REPLICATION_FACTOR);
  await deployToRegistry(createRegistry(registryAddress(config)), kafka, topics, logger);
}

async function deployToRegistry(
  registry: SchemaRegistry,
  kafka: KafkaSettings,
  topics: Topics,
  logger: Logger,
): Promise<void> {
  const log = new KafkaLog(kafka, logger, {
    partitions: partitionCounts(topics),
    appendTimeout: APPEND_TIMEOUT_MS,
  });
  try {
    const ledger = new SchemaLedger(log, topics.schemas);
    await deploySchemas({ registry, ledger, topics });
  } finally {
    await log.close();
  }
}

if (require.main === module) {
  deploy(loadConfig()).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
