import type { ServerAddresses } from '../test/private-servers';
import { startServers } from '../test/private-servers';
import { createTestDatabase } from '../test/servers';
import { createTestEnvironment, type TestEnvironment } from '../test/environment';
import { deploy } from '../app/deploy';
import { loadConfig } from '../app/config';
import { createKafka, kafkaSettings } from '../infra/kafka/client';
import { createLogger } from '../infra/logger';

/** The servers to measure on. */
export interface Servers extends ServerAddresses {
  /** Whether the benchmarks started them. */
  readonly origin: 'own' | 'external';
  close(): Promise<void>;
}

/**
 * Starts servers on free ports, which are deleted afterwards. Where KAFKA_BROKERS, DATABASE_URL and SCHEMA_REGISTRY_URL are
 * all set, uses those, with topics and databases of its own, which are deleted at the end.
 */
export async function findServers(env: NodeJS.ProcessEnv = process.env): Promise<Servers> {
  const { KAFKA_BROKERS: kafkaBrokers, DATABASE_URL: databaseUrl, SCHEMA_REGISTRY_URL: registryUrl } = env;
  if (kafkaBrokers && databaseUrl && registryUrl) {
    return { origin: 'external', kafkaBrokers, databaseUrl, registryUrl, close: () => Promise.resolve() };
  }
  const set = await startServers();
  return { ...set, origin: 'own', close: () => set.close() };
}

/** The topics, schemas and database of one part of the benchmarks. */
export async function openBenchEnvironment({
  kafkaBrokers,
  databaseUrl,
  registryUrl,
}: ServerAddresses): Promise<TestEnvironment> {
  process.env['TEST_KAFKA_BROKERS'] = kafkaBrokers;
  process.env['TEST_DATABASE_URL'] = databaseUrl;
  process.env['TEST_SCHEMA_REGISTRY_URL'] = registryUrl;
  const environment = await createTestEnvironment();
  return {
    ...environment,
    async close() {
      await environment.close();
      await deleteTopics(environment);
    },
  };
}

async function deleteTopics({ config, topics }: TestEnvironment): Promise<void> {
  const admin = createKafka(kafkaSettings(config, 'library-bench'), createLogger('silent')).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: Object.values(topics) as string[] });
  await admin.disconnect();
}

export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A further database for the same stream: empty and migrated, for another projection. */
export async function freshDatabase({ env, config }: TestEnvironment): Promise<FreshDatabase> {
  const database = await createTestDatabase(config.DATABASE_URL);
  await deploy(loadConfig({ ...env, DATABASE_URL: database.url }));
  return database;
}
