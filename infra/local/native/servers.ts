import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ProcessSpec } from '../supervisor/spec';
import { fetchServers } from './fetch';
import { findJava } from './java';
import { prepareKafka } from './kafka';
import { preparePostgres } from './postgres';
import { registryProcess } from './registry';
import {
  LIBRARY,
  ownKafkaService,
  ownPostgresService,
  ownRegistryService,
  REGISTRY_DATABASE,
  type Service,
  type ServiceName,
} from '../services';

export interface NativeOptions {
  /** Which servers; the registry keeps its schemas in Postgres, so it comes with one. */
  readonly servers: readonly ServiceName[];
  /** Where programs are kept. */
  readonly localDir: string;
  readonly dataDir: string;
  readonly kafkaPorts: readonly number[];
  readonly controllerPorts: readonly number[];
  readonly postgresPort: number;
  readonly registryPort: number;
  /** Told when something has to be downloaded, which takes a while. */
  readonly onFetch?: () => void;
}

/** A service as processes of this machine (several brokers are one service). */
export interface NativeServer extends Service {
  readonly processes: readonly ProcessSpec[];
}

/**
 * Everything that is needed before the servers can be started: programs, configuration, data folders. Returns them in
 * the order in which they have to be started: each needs only those before it. Fast when all is there.
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

async function postgresServer({ dataDir, postgresPort: port }: NativeOptions): Promise<NativeServer> {
  const options = { dataDir: path.join(dataDir, 'postgres'), port, user: LIBRARY, password: LIBRARY };
  return { ...ownPostgresService(port), processes: [await preparePostgres(options)] };
}

async function jvmServers(options: NativeOptions, wanted: ReadonlySet<ServiceName>): Promise<NativeServer[]> {
  const java = await findJava();
  const folders = await fetchServers(java, options.localDir, options.onFetch);
  const servers: NativeServer[] = [];
  if (wanted.has('kafka')) {
    const { kafkaPorts: ports, controllerPorts } = options;
    const dataDir = path.join(options.dataDir, 'kafka');
    const processes = await prepareKafka({ java, jars: folders.kafka, dataDir, ports, controllerPorts });
    servers.push({ ...ownKafkaService(ports), processes });
  }
  if (wanted.has('registry')) {
    const { postgresPort, registryPort: port } = options;
    const database = { port: postgresPort, name: REGISTRY_DATABASE, user: LIBRARY, password: LIBRARY };
    servers.push({
      ...ownRegistryService(port),
      processes: [registryProcess({ java, folder: folders.registry, port, database })],
    });
  }
  return servers;
}
