import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { KafkaSettings } from '../../kafka/client';
import type { ProcessSpec } from '../supervisor/spec';
import { fetchServers } from './fetch';
import { findJava } from './java';
import { fetchJre } from './jre';
import { prepareKafka } from './kafka';
import { trainKafka } from './kafka-training';
import { preparePostgres } from './postgres';
import { registryProcess } from './registry';
import { asBroker, type KafkaSecurity } from './secure/kafka-security';
import {
  ownKafkaService,
  ownPostgresService,
  ownRegistryService,
  secureKafkaService,
  securePostgresService,
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
  /** Absent: everybody who reaches the ports may do everything. Fixed with the data. */
  readonly security?: ServerSecurity | undefined;
  /** See `KafkaOptions`. */
  readonly brief?: boolean | undefined;
  /** Kafka is started more than once: see `trainKafka`. */
  readonly training?: boolean | undefined;
  /** Called before a download, which takes a while, with what it is. */
  readonly onFetch?: (what: string) => void;
}

/** How the servers know who comes, and let in nobody else. */
export interface ServerSecurity {
  readonly kafka: KafkaSecurity;
  /** The user and the owner of the registry's database. */
  readonly registry: { readonly user: string; readonly password: string };
  /** Lets in those who may come, once the server is ready; given the connection of the one who may do everything. */
  openKafka(settings: Omit<KafkaSettings, 'clientId'>): Promise<void>;
  openPostgres(url: string): Promise<void>;
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
  const { postgresPort: port, database, security } = options;
  const { user, password } = database;
  const dataDir = path.join(options.dataDir, 'postgres');
  const certificate = security?.kafka.certificate;
  return {
    ...(security && certificate
      ? securePostgresService(port, database, certificate.certificate, (url) => security.openPostgres(url))
      : ownPostgresService(port, database)),
    processes: [await preparePostgres({ dataDir, port, user, password, certificate })],
  };
}

/**
 * Lets Java find out what makes the next start of Kafka faster: see `trainKafka`.
 * @param localDir the folder for programs that were downloaded @param onTraining called before it takes a while
 */
export async function prepareNextStart(localDir: string, onTraining: () => void): Promise<void> {
  const { java, folders } = await programs({ localDir });
  await trainKafka(java, folders.kafka, onTraining);
}

async function programs({ localDir, onFetch = () => {} }: Pick<NativeOptions, 'localDir' | 'onFetch'>) {
  const java = await findJava(process.env, () =>
    fetchJre(localDir, () => onFetch('a Java runtime, since there is none that is new enough')),
  );
  return {
    java,
    folders: await fetchServers(java, localDir, () => onFetch('Kafka and the schema registry')),
  };
}

async function jvmServers(options: NativeOptions, wanted: ReadonlySet<ServiceName>): Promise<NativeServer[]> {
  const { java, folders } = await programs(options);
  const servers: NativeServer[] = [];
  if (wanted.has('kafka')) {
    const { kafkaPorts: ports, controllerPorts } = options;
    const dataDir = path.join(options.dataDir, 'kafka');
    const security = options.security?.kafka;
    if (options.training) await trainKafka(java, folders.kafka);
    const processes = await prepareKafka({
      ...{ java, jars: folders.kafka, dataDir, ports, controllerPorts },
      ...(security && { security }),
      brief: options.brief,
    });
    servers.push({ ...kafkaServiceOf(options), processes });
  }
  if (wanted.has('registry')) {
    const { postgresPort, registryPort: port } = options;
    const { user, password } = options.security?.registry ?? options.database;
    const authority = options.security?.kafka.certificate.certificate;
    const database = { port: postgresPort, name: REGISTRY_DATABASE, user, password, authority };
    servers.push({
      ...ownRegistryService(port),
      processes: [registryProcess({ java, folder: folders.registry, port, database })],
    });
  }
  return servers;
}

function kafkaServiceOf({ kafkaPorts: ports, security }: NativeOptions): Service {
  if (!security) return ownKafkaService(ports);
  const settings = asBroker(security.kafka, ports);
  return secureKafkaService(settings, () => security.openKafka(settings));
}
