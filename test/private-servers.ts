import { isDockerThere } from '../infra/local/docker';
import type { ServiceName } from '../infra/local/services';
import { startContainers } from './containers';
import { startNatively } from './native-servers';

export interface ServerAddresses {
  /** host:port, separated by commas. */
  readonly kafkaBrokers: string;
  /** A database of the user `library`, who may create others. */
  readonly databaseUrl: string;
  readonly registryUrl: string;
}

export interface StartOptions {
  /** Kafka brokers; default 1. With 3, topics can have three copies, of which two must be in sync. */
  readonly brokers?: 1 | 3;
  /** Only these servers (the registry brings its Postgres); default: all three. */
  readonly servers?: readonly ServiceName[];
}

/** One server, for tests that take it away. Port and data stay the same through all of this. */
export interface ServerHandle {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** An orderly stop; resolves when it is done. */
  stop(): Promise<void>;
  /** Starts it again; resolves when it answers. */
  start(): Promise<void>;
}

/** Addresses of servers that were not asked for lead nowhere, and their handles are not there. */
export interface ServerSet extends ServerAddresses {
  /** One per broker. */
  readonly kafka: readonly ServerHandle[];
  readonly postgres: ServerHandle | undefined;
  readonly registry: ServerHandle | undefined;
  /** Ends all of them and deletes their data. */
  close(): Promise<void>;
}

/**
 * Starts servers of your own on free ports, with empty data: from containers where a Docker engine answers, else
 * natively. They end with this process, however it ends.
 */
export async function startServers(options: StartOptions = {}): Promise<ServerSet> {
  const servers = options.servers ?? ['kafka', 'postgres', 'registry'];
  const brokers = options.brokers ?? 1;
  if (await isDockerThere()) {
    return startContainers(servers, brokers);
  }
  return startNatively(servers, brokers);
}
