import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { migrate, readMigrations, type Migration } from '../../consumer/prisma/migrate';
import { loadConfig, type Config } from '../config';
import { kafkaSettings } from '../../infra/kafka/client';
import { checkTopics, createTopics } from '../../infra/kafka/topics';
import { createLogger } from '../../infra/logger';
import { createRegistry } from '../../schemas/registry/registry';
import { registerSchemas } from '../../schemas/registry/subjects';
import { topicNames, topicSpecs } from '../../schemas/topics';

/**
 * Prepares servers that run: creates the topics that are missing, registers the schemas, migrates the database. Safe to
 * run again, and beside running roles.
 * @throws {Error} in one sentence, when something is there that does not fit
 */
export async function deploy(config: Config): Promise<void> {
  const logger = createLogger('error');
  const kafka = kafkaSettings(config, 'library-deploy');
  const topics = topicNames(config.TOPIC_PREFIX);
  const specs = topicSpecs(topics);
  await createTopics(kafka, logger, specs, config.REPLICATION_FACTOR);
  await checkTopics(kafka, logger, specs);
  await registerSchemas({ registry: createRegistry(config.SCHEMA_REGISTRY_URL), topics });
  await migrate(config.DATABASE_URL, migrations());
}

/** The migrations of the database. They are SQL files and stay where they are written: beside the sources, also for the build in `dist/`. */
export function migrations(): Migration[] {
  const fromHere = ['../..', '../../..'].map((up) => join(__dirname, up, 'consumer/prisma/migrations'));
  const folder = fromHere.find((candidate) => existsSync(candidate));
  if (!folder) throw new Error(`The migrations are missing: ${fromHere.join(' or ')} should be there`);
  return readMigrations(folder);
}

if (require.main === module) {
  deploy(loadConfig()).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
