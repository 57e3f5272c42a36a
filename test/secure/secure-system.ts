import { deploy } from '../../app/deploy';
import { loadConfig } from '../../app/config';
import { accessEntries, isInTable } from '../../app/rights/access-lists';
import {
  COMMAND_PRINCIPALS,
  credentialsOf,
  DATABASE_USERS,
  databaseUserOf,
} from '../../app/rights/credentials';
import type { Principal } from '../../app/rights/rights';
import { setAccessLists } from '../../infra/kafka/access-lists';
import { createLogger } from '../../infra/logger';
import { handOver } from '../../infra/postgres/roles';
import { library, type CliResult } from '../cli';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import type { SecureServers } from './secure-servers';

/** A deployed system in which everybody is somebody, and may do what the table of rights says. */
export interface SecureSystem {
  /** Its own connections are the operator's to Kafka, and the superuser's to Postgres. */
  readonly environment: TestEnvironment;
  /** The variables of a process of the principal, beside those of the environment. */
  credentials(principal: Principal): Record<string, string>;
  /** Runs a command as the principal that it is for. */
  library(command: string, ...args: string[]): Promise<CliResult>;
  close(): Promise<void>;
}

/** Deploys as the deployer, whom the brokers let in first: as `make up` does. */
export async function secureSystem(servers: SecureServers): Promise<SecureSystem> {
  const { files, passwords } = servers;
  const shared = {
    KAFKA_BROKERS: servers.kafkaBrokers,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: files.certificate,
    KAFKA_SSL_CERT_FILE: files.certificate,
    KAFKA_SSL_KEY_FILE: files.key,
    DATABASE_SERVER_URL: servers.databaseUrl,
  };
  const { DATABASE_URL: _, ...operator } = credentialsOf('operator', passwords, servers.databaseUrl);
  const environment = await createTestEnvironment({ ...shared, ...operator }, async (config, env) => {
    const database = new URL(config.DATABASE_URL).pathname.slice(1);
    await handOver(servers.databaseUrl, database, {
      owner: databaseUserOf('deployer'),
      users: DATABASE_USERS,
    });
    const prefix = config.TOPIC_PREFIX;
    await setAccessLists(
      { ...servers.asBroker, clientId: 'test' },
      createLogger('silent'),
      ...([accessEntries(prefix, 'deployer'), isInTable(prefix)] as const),
    );
    const deployer = credentialsOf('deployer', passwords, config.DATABASE_URL);
    await deploy(loadConfig({ ...env, ...deployer, GRANT_RIGHTS: 'true' }));
  });
  const credentials = (principal: Principal) =>
    credentialsOf(principal, passwords, environment.env.DATABASE_URL!);
  return {
    environment,
    credentials,
    library: (command, ...args) =>
      library({ ...environment.env, ...credentials(COMMAND_PRINCIPALS[command]!) }, command, ...args),
    close: () => environment.close(),
  };
}
