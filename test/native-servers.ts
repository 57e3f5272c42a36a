import path from 'node:path';
import { LOCAL_DATABASE } from '../app/local-system/settings';
import { freePorts } from '../infra/local/ports';
import { projectRoot } from '../infra/local/run';
import { prepareServers, type NativeServer } from '../infra/local/native/servers';
import type { ServiceName } from '../infra/local/services';
import { privateFolder, removeFolder } from './private-folder';
import type { ServerSet, StartOptions } from './private-servers';
import { handleOf, ready, TestProcess } from './server-process';
import { SmallDisk } from './small-disk';

/** Room for a run of some minutes. */
const DISK_MEGABYTES = 768;

/** See `startServers`. The data are in `.local/test/<pid>-<random>`. */
export async function startNatively(
  servers: readonly ServiceName[],
  brokers: number,
  { brief, smallDisks }: Pick<StartOptions, 'brief' | 'smallDisks'> = {},
): Promise<ServerSet> {
  const localDir = path.join(projectRoot(), '.local');
  const dataDir = await privateFolder();
  const ports = await freePorts(2 * brokers + 2);
  const prepared = await prepareServers({
    servers,
    localDir,
    dataDir,
    database: LOCAL_DATABASE,
    brief,
    training: true,
    kafkaPorts: ports.slice(0, brokers),
    controllerPorts: ports.slice(brokers, 2 * brokers),
    postgresPort: ports[2 * brokers] ?? 0,
    registryPort: ports[2 * brokers + 1] ?? 0,
  });
  const processes = new Map(
    prepared.flatMap((server) => server.processes).map((spec) => [spec.name, new TestProcess(spec, dataDir)]),
  );
  const close = async () => {
    // Postgres is stopped in an orderly way, as otherwise its child processes stay. The others can be killed: their data are deleted.
    const signal = ({ spec }: TestProcess) => (spec.name === 'postgres' ? spec.stopSignal : 'SIGKILL');
    await Promise.all([...processes.values()].map((child) => child.end(signal(child))));
    await removeFolder(dataDir);
  };
  let disks: ServerSet['disks'];
  try {
    if (smallDisks) disks = await putOnSmallDisks(dataDir);
    await startAll(prepared, processes);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...serverSet(prepared, processes, close), ...(disks && { disks }) };
}

async function putOnSmallDisks(dataDir: string): Promise<Required<ServerSet>['disks']> {
  const [kafka, postgres] = await Promise.all([
    SmallDisk.under(path.join(dataDir, 'kafka', 'node-1'), DISK_MEGABYTES),
    SmallDisk.under(path.join(dataDir, 'postgres'), DISK_MEGABYTES),
  ]);
  return { kafka, postgres };
}

/** Starts Postgres before the registry, which stores its data there, and Kafka in parallel. */
async function startAll(
  servers: readonly NativeServer[],
  processes: ReadonlyMap<string, TestProcess>,
): Promise<void> {
  const kafka = servers
    .filter((server) => server.name === 'kafka')
    .map((server) => startOne(server, processes));
  const others = (async () => {
    for (const server of servers.filter(({ name }) => name !== 'kafka')) await startOne(server, processes);
  })();
  await Promise.all([...kafka, others]);
}

async function startOne(server: NativeServer, processes: ReadonlyMap<string, TestProcess>): Promise<void> {
  const children = server.processes.map((spec) => processes.get(spec.name));
  for (const child of children) child?.start();
  await ready(server, children[0]);
  await server.afterStart();
}

function serverSet(
  servers: readonly NativeServer[],
  processes: ReadonlyMap<string, TestProcess>,
  close: () => Promise<void>,
): ServerSet {
  const byName = (name: ServiceName) => servers.find((server) => server.name === name);
  const handles = (name: ServiceName) => {
    const server = byName(name);
    return (server?.processes ?? []).map((spec) => handleOf(server, processes.get(spec.name)));
  };
  return {
    kafkaBrokers: byName('kafka')?.url ?? 'kafka.invalid:9092',
    databaseUrl: byName('postgres')?.url ?? 'postgresql://postgres.invalid/library',
    registryUrl: byName('registry')?.url ?? 'http://registry.invalid',
    kafka: handles('kafka'),
    postgres: handles('postgres')[0],
    registry: handles('registry')[0],
    close,
  };
}
