import type { KafkaSettings } from '../kafka/client';
import { countBrokers } from '../kafka/ping';
import { ensureDatabase, postgresAnswers } from './native/postgres';
import { httpAnswers } from './wait';

export type ServiceName = 'kafka' | 'postgres' | 'registry';

/** One of the servers we stand on, wherever it runs. */
export interface Service {
  readonly name: ServiceName;
  /** For people: "Kafka". */
  readonly title: string;
  /** What clients are configured with. */
  readonly url: string;
  /** Asks once whether it does its work. */
  isReady(): Promise<boolean>;
  /** What has to be done once it is ready, before it is used, if the server is our own. Harmless to repeat. */
  afterStart(): Promise<void>;
}

/** User, password and database of our own Postgres. */
export const LIBRARY = 'library';
/** The registry's database in our own Postgres. */
export const REGISTRY_DATABASE = 'registry';

/** The Kafka that we start ourselves: ready when all of its brokers are there. */
export function ownKafkaService(ports: readonly number[]): Service {
  const brokers = ports.map((port) => `127.0.0.1:${port}`);
  return {
    ...kafkaService({ brokers }),
    isReady: async () => (await countBrokers({ brokers })) === brokers.length,
  };
}

/** A Kafka that somebody else runs: ready when any broker answers. */
export function kafkaService(settings: Omit<KafkaSettings, 'clientId'>): Service {
  return {
    name: 'kafka',
    title: 'Kafka',
    url: settings.brokers.join(','),
    isReady: async () => (await countBrokers(settings)) > 0,
    afterStart: async () => {},
  };
}

/** The Postgres that we start ourselves. */
export function ownPostgresService(port: number): Service {
  const server = `postgresql://${LIBRARY}:${LIBRARY}@127.0.0.1:${port}`;
  return {
    name: 'postgres',
    title: 'Postgres',
    url: `${server}/${LIBRARY}`,
    isReady: () => postgresAnswers(`${server}/postgres`),
    afterStart: async () => {
      for (const database of [LIBRARY, REGISTRY_DATABASE])
        await ensureDatabase(`${server}/postgres`, database);
    },
  };
}

/** A Postgres that somebody else runs. */
export function postgresService(url: string): Service {
  return {
    name: 'postgres',
    title: 'Postgres',
    url,
    isReady: () => postgresAnswers(url),
    afterStart: async () => {},
  };
}

/** @param url of the Confluent-compatible API */
export function registryService(url: string): Service {
  return {
    name: 'registry',
    title: 'Schema registry',
    url,
    isReady: () => httpAnswers(`${url}/subjects`),
    afterStart: () => requireCompatibility(url),
  };
}

/** The registry that we start ourselves. */
export function ownRegistryService(port: number): Service {
  return registryService(`http://127.0.0.1:${port}/apis/ccompat/v7`);
}

/** Apicurio accepts any change of a schema unless told otherwise. */
async function requireCompatibility(url: string): Promise<void> {
  const response = await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'FULL_TRANSITIVE' }),
  });
  if (!response.ok)
    throw new Error(`The schema registry did not take the compatibility level: HTTP ${response.status}`);
}
