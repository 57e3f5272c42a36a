import { loadConfig, type Config } from '../config';
import { kafkaSettings } from '../../infra/kafka/client';
import { Compose } from '../../infra/local/compose';
import { isComposeThere } from '../../infra/local/docker';
import { prepareServers } from '../../infra/local/native/servers';
import {
  kafkaService,
  ownKafkaService,
  ownPostgresService,
  ownRegistryService,
  postgresService,
  registryService,
  type Service,
  type ServiceName,
} from '../../infra/local/services';
import { runningSpecs } from '../../infra/local/supervisor/client';
import type { ProcessSpec } from '../../infra/local/supervisor/spec';
import { createRegistry } from '../../schemas/registry/registry';
import { registryAddress } from '../../schemas/settings';
import { chooseMode, SERVICES, variableOf, type Mode } from '../local-system/mode';
import { mayHaveContainers, readSystem } from '../local-system/system';
import { Failure } from './failure';
import type { Principal } from '../rights/rights';
import { secureSystem, type SecureSystem } from './secure';
import { print } from '../terminal/print';
import {
  controllerPorts,
  kafkaPorts,
  LOCAL_DATABASE,
  projectOf,
  type Folders,
  type Settings,
} from '../local-system/settings';

/** A service that `make up` runs. */
export interface OwnService extends Service {
  /** Its processes; empty for containers. */
  readonly processes: readonly ProcessSpec[];
  /** Its ports, each with the variable that sets it. */
  readonly ports: readonly { readonly port: number; readonly variable: string }[];
}

export interface BackbonePlan {
  readonly mode: Mode;
  /** In starting order. */
  readonly own: readonly OwnService[];
  /** The services that the environment names. */
  readonly external: readonly Service[];
  /** The variables with the addresses of all of them, for the roles. */
  readonly env: Readonly<Record<string, string>>;
  /** The variables with which a process is the principal; absent: all are alike. */
  readonly credentials?: (principal: Principal) => Record<string, string>;
}

/**
 * Decides where the services run, and prepares those that are ours: see `prepareServers`.
 * @throws {Error} with one sentence saying what to do, when a prerequisite is missing
 */
export async function planBackbone(
  settings: Settings,
  folders: Folders,
  env: NodeJS.ProcessEnv,
): Promise<BackbonePlan> {
  if (settings.SECURE) refuseOthers(settings, env);
  const known = readSystem(folders)?.mode.backbone;
  const forced = settings.SECURE ? 'native' : settings.BACKBONE;
  const mode = await chooseMode(env, { forced, known }, isComposeThere);
  if (settings.BACKBONE === 'compose') await requireDocker();
  await refuseBoth(mode, folders);
  const secure = settings.SECURE ? await secureSystem(folders, loadConfig(env).TOPIC_PREFIX) : undefined;
  const own = await ownServices(mode, settings, folders, secure);
  const ownNames = new Set(own.map(({ name }) => name));
  const external = externalServices(env).filter(({ name }) => !mode.own.includes(name));
  const used = [...own.filter(({ name }) => mode.own.includes(name)), ...external];
  const url = (name: ServiceName) => used.find((service) => service.name === name)?.url ?? '';
  print(describe(mode, ownNames));
  return {
    mode,
    own,
    external,
    env: {
      ...{ KAFKA_BROKERS: url('kafka'), DATABASE_URL: url('postgres'), SCHEMA_REGISTRY_URL: url('registry') },
      ...secure?.env,
    },
    ...(secure && { credentials: (principal) => secure.credentials(principal, url('postgres')) }),
  };
}

/** @throws {Failure} when servers are to be secure that are not ours, or that run in containers */
function refuseOthers({ BACKBONE = 'native' }: Settings, env: NodeJS.ProcessEnv): void {
  const named = SERVICES.map(variableOf).find((variable) => env[variable]);
  if (named !== undefined || BACKBONE !== 'native')
    throw new Failure(
      `SECURE=1 starts servers on this machine: leave out ${named ?? `BACKBONE=${BACKBONE}`}. How to secure your own: docs/security.md.`,
    );
}

/** @throws {Failure} when containers were asked for and there is no engine for them */
async function requireDocker(): Promise<void> {
  if (await isComposeThere()) return;
  throw new Failure(
    'BACKBONE=compose needs a Docker engine that answers, with its compose plugin: start it, or use BACKBONE=native.',
  );
}

/**
 * Native servers and containers have the same ports, and each their own data.
 * @throws {Failure} when those of the other kind run
 */
async function refuseBoth({ backbone }: Mode, folders: Folders): Promise<void> {
  const advice = `run make down first, then make up BACKBONE=${backbone} again. Their data stay.`;
  if (backbone === 'compose' && runningSpecs(folders).some(({ kind }) => kind === 'service'))
    throw new Failure(`Servers of this system run without Docker: ${advice}`);
  if (backbone !== 'native' || !mayHaveContainers(folders) || !(await isComposeThere())) return;
  if ((await new Compose(projectOf(folders)).containers()).some(({ isActive }) => isActive))
    throw new Failure(`Servers of this system run in containers: ${advice}`);
}

function describe({ backbone }: Mode, own: ReadonlySet<ServiceName>): string {
  const names = [...own].join(', ');
  if (backbone === 'compose') return `Servers in containers: ${names}`;
  if (backbone === 'native') return `Servers on this machine: ${names}`;
  return 'Servers: those that the environment names';
}

async function ownServices(
  mode: Mode,
  settings: Settings,
  folders: Folders,
  secure: SecureSystem | undefined,
): Promise<OwnService[]> {
  if (mode.own.length === 0) return [];
  const { KAFKA_PORT, POSTGRES_PORT: postgresPort, REGISTRY_PORT: registryPort } = settings;
  const portsOf = portsByService(mode, settings);
  if (mode.backbone === 'native') {
    const servers = await prepareServers({
      servers: mode.own,
      localDir: folders.local,
      dataDir: secure?.dataDir ?? folders.data,
      database: secure?.database ?? LOCAL_DATABASE,
      security: secure?.security,
      kafkaPorts: kafkaPorts(settings),
      controllerPorts: controllerPorts(settings),
      postgresPort,
      registryPort,
      onFetch: (what) => print(`Getting ${what}, this once…`),
    });
    return servers.map((server) => ({ ...server, ports: portsOf[server.name] }));
  }
  // Our registry stores its schemas in our own Postgres, even if the views are in an external one.
  const wanted = new Set<ServiceName>(mode.own.includes('registry') ? [...mode.own, 'postgres'] : mode.own);
  const all = [
    ownPostgresService(postgresPort, LOCAL_DATABASE),
    ownKafkaService([KAFKA_PORT]),
    ownRegistryService(registryPort),
  ];
  return all
    .filter(({ name }) => wanted.has(name))
    .map((service) => ({ ...service, processes: [], ports: portsOf[service.name] }));
}

function portsByService({ backbone }: Mode, settings: Settings): Record<ServiceName, OwnService['ports']> {
  const kafka =
    backbone === 'native' ? [...kafkaPorts(settings), ...controllerPorts(settings)] : [settings.KAFKA_PORT];
  return {
    kafka: kafka.map((port) => ({ port, variable: 'KAFKA_PORT' })),
    postgres: [{ port: settings.POSTGRES_PORT, variable: 'POSTGRES_PORT' }],
    registry: [{ port: settings.REGISTRY_PORT, variable: 'REGISTRY_PORT' }],
  };
}

function externalServices(env: NodeJS.ProcessEnv): Service[] {
  const config = loadConfig(env);
  return [
    kafkaService(kafkaSettings(config, 'library-lifecycle')),
    postgresService(config.DATABASE_URL),
    registryOf(config),
  ];
}

/** The registry that the environment names. */
export function registryOf(config: Config): Service {
  const address = registryAddress(config);
  return registryService(address.url, () => createRegistry(address, { retries: 0 }).ping());
}
