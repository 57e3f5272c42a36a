import { startServers, type ServerSet } from './servers';

declare global {
  var serversOfTheRun: ServerSet | undefined;
}

/** Starts Kafka, Postgres and the registry for all integration tests, unless the environment names running ones. */
export default async function setUp(): Promise<void> {
  const { TEST_KAFKA_BROKERS, TEST_DATABASE_URL, TEST_SCHEMA_REGISTRY_URL } = process.env;
  if (TEST_KAFKA_BROKERS && TEST_DATABASE_URL && TEST_SCHEMA_REGISTRY_URL) return;
  const servers = await startServers();
  globalThis.serversOfTheRun = servers;
  process.env.TEST_KAFKA_BROKERS = servers.kafkaBrokers;
  process.env.TEST_DATABASE_URL = servers.databaseUrl;
  process.env.TEST_SCHEMA_REGISTRY_URL = servers.registryUrl;
}
