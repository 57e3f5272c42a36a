import { engineVariables, isDockerThere } from '../infra/local/docker';
import type { ServiceName } from '../infra/local/services';
import { startContainers } from './containers';
import { startNatively } from './native-servers';
import type { SmallDisk } from './small-disk';

export interface ServerAddresses {
  /** `host:port`, separated by commas. */
  readonly kafkaBrokers: string;
  /** An existing database. Its user may create others. */
  readonly databaseUrl: string;
  readonly registryUrl: string;
}

/** How many Kafka brokers. With 3 or 5, topics have three copies, of which two must be in sync. */
export type Brokers = 1 | 3 | 5;

export interface StartOptions {
  /** Default 1. */
  readonly brokers?: Brokers;
  /** The servers to start; the registry brings its Postgres. Default: all three. */
  readonly servers?: readonly ServiceName[];
  /** They are stopped soon: natively, Kafka starts in half of the time and is slower then. */
  readonly brief?: true;
  /** Puts the data of the first broker and of Postgres on small file systems. Natively, and where one may mount: `mayMount`. */
  readonly smallDisks?: true;
}

/** One server, for tests that stop it. Its port and data stay the same. */
export interface ServerHandle {
  /** Sends SIGKILL. Resolves when the process has ended. */
  kill(): Promise<void>;
  /** Stops the server in an orderly way. Resolves when it has ended. */
  stop(): Promise<void>;
  /** Starts the server again. Resolves when it is ready. */
  start(): Promise<void>;
  /** Freezes the server: its connections stay open, and it does nothing until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** A set of servers. Those that were not requested have an unreachable address and no handle. */
export interface ServerSet extends ServerAddresses {
  /** One per broker. */
  readonly kafka: readonly ServerHandle[];
  readonly postgres: ServerHandle | undefined;
  readonly registry: ServerHandle | undefined;
  /** Of the first broker and of Postgres, where they were asked for. */
  readonly disks?: { readonly kafka: SmallDisk; readonly postgres: SmallDisk };
  /** Stops all servers and deletes their data. */
  close(): Promise<void>;
}

/**
 * Whether tests have their servers in containers: as `BACKBONE` says (compose or native), else where a Docker engine answers.
 * @throws {Error} where containers are asked for, and no engine answers
 */
export async function usesContainers(
  env: NodeJS.ProcessEnv = process.env,
  isThere: () => Promise<boolean> = isDockerThere,
): Promise<boolean> {
  if (env.BACKBONE === 'native') return false;
  if (await isThere()) return true;
  if (env.BACKBONE !== 'compose') return false;
  throw new Error('BACKBONE=compose needs a Docker engine that answers: start it, or use BACKBONE=native.');
}

/**
 * Starts servers on free ports, with empty data: in containers (`usesContainers`) or natively. They end with this process, however
 * it ends.
 */
export async function startServers(options: StartOptions = {}): Promise<ServerSet> {
  const servers = options.servers ?? ['kafka', 'postgres', 'registry'];
  const brokers = options.brokers ?? 1;
  if (!(await usesContainers())) return startNatively(servers, brokers, options);
  if (options.smallDisks) throw new Error('Small disks are for native servers only');
  Object.assign(process.env, await engineVariables());
  return startContainers(servers, brokers);
}
