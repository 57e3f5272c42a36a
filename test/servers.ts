import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { ServerAddresses } from './private-servers';

/**
 * The servers of this test run, started once by the global setup. All tests share them, each with its own topics and databases.
 * @throws {Error} in unit tests, which have no servers
 */
export function testServers(): ServerAddresses {
  return {
    kafkaBrokers: fromEnv('TEST_KAFKA_BROKERS'),
    databaseUrl: fromEnv('TEST_DATABASE_URL'),
    registryUrl: fromEnv('TEST_SCHEMA_REGISTRY_URL'),
  };
}

function fromEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: a test that needs servers is named *.int.test.ts`);
  return value;
}

/** A name that no other test uses, for topics, prefixes, groups and databases: letters, digits and underscores. */
export function uniqueName(prefix = 'test'): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}

export interface TestDatabase {
  readonly url: string;
  /** Drops the database and closes its remaining connections. */
  drop(): Promise<void>;
}

/** A new, empty database. `serverUrl` names any database of the server; default: the test run's. */
export async function createTestDatabase(serverUrl = testServers().databaseUrl): Promise<TestDatabase> {
  const name = uniqueName();
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function execute(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

export { startServers, type ServerAddresses, type ServerSet } from './private-servers';
