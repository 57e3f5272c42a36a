import { migrate, migrations } from '../consumer/prisma/migrate';
import { loadConfig, type Config } from './config';
import { kafkaSettings } from '../infra/kafka/client';
import { checkTopics, createTopics } from '../infra/kafka/topics';
import { createLogger } from '../infra/logger';
import { createRegistry } from '../schemas/registry/registry';
import { registerSchemas } from '../schemas/registry/subjects';
import { topicNames, topicSpecs } from '../schemas/topics';

/**
 * Prepares running servers: creates missing topics, registers the schemas, migrates the database. Idempotent, and safe
 * while roles are running.
 * @throws {Error} in one sentence, when a topic, a schema or a table already exists and does not fit
 */
export async function deploy(config: Config): Promise<void> {
  const logger = createLogger('error');
  const kafka = kafkaSettings(config, 'library-deploy');
  const topics = topicNames(config.TOPIC_PREFIX);
  const specs = topicSpecs(topics);
  await createTopics(kafka, logger, specs, config.REPLICATION_FACTOR);
  await checkTopics(kafka, logger, specs, config.REPLICATION_FACTOR);
  await registerSchemas({ registry: createRegistry(config.SCHEMA_REGISTRY_URL), topics });
  await migrate(config.DATABASE_URL, migrations());
}

if (require.main === module) {
  deploy(loadConfig()).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
