import type { KafkaSettings } from '../kafka/client';
import { countBrokers } from '../kafka/ping';
import { ensureDatabase, postgresAnswers } from '../postgres/admin';
import { httpAnswers } from './wait';

export type ServiceName = 'kafka' | 'postgres' | 'registry';

/** One of the servers that the platform runs on, wherever it runs: natively, in a container, or elsewhere. */
export interface Service {
  readonly name: ServiceName;
  /** The name for messages: "Kafka". */
  readonly title: string;
  /** The address that clients are configured with. */
  readonly url: string;
  /** Whether the server does its work now. Asks once, and never throws. */
  isReady(): Promise<boolean>;
  /** The set-up of a server of our own, once it is ready and before it is used. Idempotent. Does nothing for other servers. */
  afterStart(): Promise<void>;
}

/** A superuser of our own Postgres, and the database that is created for the application. */
export interface OwnDatabase {
  readonly user: string;
  readonly password: string;
  readonly name: string;
}

/** The registry's database in our own Postgres. */
export const REGISTRY_DATABASE = 'registry';

/** A Kafka that we start: ready when all of its brokers have joined. */
export function ownKafkaService(ports: readonly number[]): Service {
  const brokers = ports.map((port) => `127.0.0.1:${port}`);
  return {
    ...kafkaService({ brokers }),
    isReady: async () => (await countBrokers({ brokers })) === brokers.length,
  };
}

/** A Kafka that we start and that knows its users. @param open lets them in */
export function secureKafkaService(
  settings: Omit<KafkaSettings, 'clientId'>,
  open: () => Promise<void>,
): Service {
  return {
    ...kafkaService(settings),
    isReady: async () => (await countBrokers(settings)) === settings.brokers.length,
    afterStart: open,
  };
}

/** An existing Kafka: ready when any broker answers. */
export function kafkaService(settings: Omit<KafkaSettings, 'clientId'>): Service {
  return {
    name: 'kafka',
    title: 'Kafka',
    url: settings.brokers.join(','),
    isReady: async () => (await countBrokers(settings)) > 0,
    afterStart: async () => {},
  };
}

/** A Postgres that we start. Its set-up creates the application's database and the registry's. */
export function ownPostgresService(port: number, { user, password, name }: OwnDatabase): Service {
  const server = `postgresql://${user}:${password}@127.0.0.1:${port}`;
  return {
    name: 'postgres',
    title: 'Postgres',
    url: `${server}/${name}`,
    isReady: () => postgresAnswers(`${server}/postgres`),
    afterStart: async () => {
      for (const database of [name, REGISTRY_DATABASE]) await ensureDatabase(`${server}/postgres`, database);
    },
  };
}

/**
 * A Postgres that we start and that takes nothing but TLS. Its URL names no user.
 * @param authority the file of the authority of its certificate @param open lets in who may come; given the superuser's URL
 */
export function securePostgresService(
  port: number,
  { user, password, name }: OwnDatabase,
  authority: string,
  open: (url: string) => Promise<void>,
): Service {
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`;
  const url = `postgresql://${user}:${password}@127.0.0.1:${port}/postgres?${tls}`;
  return {
    name: 'postgres',
    title: 'Postgres',
    url: `postgresql://127.0.0.1:${port}/${name}?${tls}`,
    isReady: () => postgresAnswers(url),
    afterStart: () => open(url),
  };
}

/** An existing Postgres. */
export function postgresService(url: string): Service {
  return {
    name: 'postgres',
    title: 'Postgres',
    url,
    isReady: () => postgresAnswers(url),
    afterStart: async () => {},
  };
}

/** An existing registry. @param url of the Confluent-compatible API @param ping resolves when it answers */
export function registryService(url: string, ping?: () => Promise<void>): Service {
  return {
    name: 'registry',
    title: 'Schema registry',
    url,
    isReady: () =>
      ping
        ? ping().then(
            () => true,
            () => false,
          )
        : httpAnswers(`${url}/subjects`),
    afterStart: async () => {},
  };
}

/** A registry that we start. Its set-up makes it refuse incompatible schemas: by default Apicurio accepts any. */
export function ownRegistryService(port: number): Service {
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  return { ...registryService(url), afterStart: () => requireCompatibility(url) };
}

async function requireCompatibility(url: string): Promise<void> {
  const response = await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'FULL_TRANSITIVE' }),
  });
  if (!response.ok)
    throw new Error(`The schema registry did not take the compatibility level: HTTP ${response.status}`);
}
