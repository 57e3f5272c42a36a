import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ProcessSpec } from '../supervisor/spec';
import { fetchServers } from './fetch';
import { findJava } from './java';
import { fetchJre } from './jre';
import { prepareKafka } from './kafka';
import { preparePostgres } from './postgres';
import { registryProcess } from './registry';
import {
  ownKafkaService,
  ownPostgresService,
  ownRegistryService,
  REGISTRY_DATABASE,
  type OwnDatabase,
  type Service,
  type ServiceName,
} from '../services';

export interface NativeOptions {
  /** Which servers. The registry stores its schemas in Postgres, so it brings one. */
  readonly servers: readonly ServiceName[];
  /** The folder for programs that are downloaded. */
  readonly localDir: string;
  /** The folder for configuration and data. */
  readonly dataDir: string;
  /** The superuser of Postgres, whom the registry uses too, and the application's database. */
  readonly database: OwnDatabase;
  readonly kafkaPorts: readonly number[];
  readonly controllerPorts: readonly number[];
  readonly postgresPort: number;
  readonly registryPort: number;
  /** Called before a download, which takes a while, with what it is. */
  readonly onFetch?: (what: string) => void;
}

/** A service as processes of this machine; several brokers are one service. */
export interface NativeServer extends Service {
  readonly processes: readonly ProcessSpec[];
}

/**
 * Provides all that the servers need to start: programs, configuration, data folders. Fast when all of it exists.
 * @returns the servers in starting order: each needs only those before it
 * @throws {Error} with one sentence saying what to do, when a prerequisite is missing
 */
export async function prepareServers(options: NativeOptions): Promise<NativeServer[]> {
  const wanted = new Set<ServiceName>(options.servers);
  if (wanted.has('registry')) wanted.add('postgres');
  mkdirSync(options.dataDir, { recursive: true });
  const [postgres, jvm] = await Promise.all([
    wanted.has('postgres') ? postgresServer(options) : undefined,
    wanted.has('kafka') || wanted.has('registry') ? jvmServers(options, wanted) : Promise.resolve([]),
  ]);
  return [...(postgres ? [postgres] : []), ...jvm];
}

async function postgresServer(options: NativeOptions): Promise<NativeServer> {
  const { postgresPort: port, database } = options;
  const { user, password } = database;
  const dataDir = path.join(options.dataDir, 'postgres');
  return {
    ...ownPostgresService(port, database),
    processes: [await preparePostgres({ dataDir, port, user, password })],
  };
}

async function jvmServers(options: NativeOptions, wanted: ReadonlySet<ServiceName>): Promise<NativeServer[]> {
  const { localDir, onFetch = () => {} } = options;
  const java = await findJava(process.env, () =>
    fetchJre(localDir, () => onFetch('a Java runtime, since there is none that is new enough')),
  );
  const folders = await fetchServers(java, localDir, () => onFetch('Kafka and the schema registry'));
  const servers: NativeServer[] = [];
  if (wanted.has('kafka')) {
    const { kafkaPorts: ports, controllerPorts } = options;
    const dataDir = path.join(options.dataDir, 'kafka');
    const processes = await prepareKafka({ java, jars: folders.kafka, dataDir, ports, controllerPorts });
    servers.push({ ...ownKafkaService(ports), processes });
  }
  if (wanted.has('registry')) {
    const { postgresPort, registryPort: port } = options;
    const { user, password } = options.database;
    const database = { port: postgresPort, name: REGISTRY_DATABASE, user, password };
    servers.push({
      ...ownRegistryService(port),
      processes: [registryProcess({ java, folder: folders.registry, port, database })],
    });
  }
  return servers;
}
