import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL_DATABASE } from '../app/local-system/settings';
import { freePorts } from '../infra/local/ports';
import { projectRoot, run, tail } from '../infra/local/run';
import { prepareServers, type NativeServer } from '../infra/local/native/servers';
import type { ServiceName } from '../infra/local/services';
import { waitUntil } from '../infra/local/wait';
import type { ProcessSpec } from '../infra/local/supervisor/spec';
import type { ServerHandle, ServerSet } from './private-servers';
import { endWithUs } from './watchdog';

/** See `startServers`. The data are in `.local/test/<pid>-<random>`. */
export async function startNatively(servers: readonly ServiceName[], brokers: number): Promise<ServerSet> {
  const localDir = path.join(projectRoot(), '.local');
  removeLeftovers(path.join(localDir, 'test'));
  const dataDir = path.join(localDir, 'test', `${process.pid}-${randomBytes(4).toString('hex')}`);
  const ports = await freePorts(2 * brokers + 2);
  const prepared = await prepareServers({
    servers,
    localDir,
    dataDir,
    database: LOCAL_DATABASE,
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
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await startAll(prepared, processes);
  } catch (error) {
    await close();
    throw error;
  }
  return serverSet(prepared, processes, close);
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

async function ready(server: NativeServer, child: TestProcess | undefined): Promise<void> {
  const condition = () => {
    child?.throwIfExited();
    return server.isReady();
  };
  await waitUntil(condition, { what: `${server.title} did not become ready`, timeout: 90_000 });
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

function handleOf(server: NativeServer | undefined, child: TestProcess | undefined): ServerHandle {
  if (!server || !child) throw new Error('No such server');
  return {
    kill: () => child.end('SIGKILL'),
    stop: () => child.end(child.spec.stopSignal),
    start: () => restart(server, child),
    pause: () => child.pause(),
    resume: async () => child.resume(),
  };
}

/** Retries: after a SIGKILL remaining processes (Postgres' backends) can prevent a start for a moment. */
async function restart(server: NativeServer, child: TestProcess): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    child.start();
    try {
      return await ready(server, child);
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(500);
    }
  }
}

/** A server process that ends together with this process. */
class TestProcess {
  private child: ChildProcess | undefined;
  private readonly log: string;

  constructor(
    readonly spec: ProcessSpec,
    folder: string,
  ) {
    this.log = path.join(folder, `${spec.name}.log`);
  }

  start(): void {
    if (this.isAlive()) return;
    mkdirSync(path.dirname(this.log), { recursive: true });
    const output = openSync(this.log, 'a');
    const { command, args, cwd, env, user } = this.spec;
    // A session of its own: Ctrl-C in the terminal ends the tests, and they stop their servers.
    this.child = spawn(command, args, {
      cwd,
      env,
      ...user,
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.child.unref();
    endWithUs(this.child);
  }

  throwIfExited(): void {
    if (this.isAlive()) return;
    const log = existsSync(this.log) ? tail(readFileSync(this.log, 'utf8'), 10) : '';
    throw new Error(`${this.spec.name} ended instead of becoming ready. It said:\n${log}`);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || !this.isAlive()) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const deadline = setTimeout(() => child.kill('SIGKILL'), this.spec.stopTimeout);
    child.kill(signal);
    await exited;
    clearTimeout(deadline);
  }

  /** Resolves when it is stopped indeed: on a busy machine it may do something for a while yet. */
  async pause(): Promise<void> {
    this.child?.kill('SIGSTOP');
    const isStopped = async () => {
      const { output } = await run('ps', ['-o', 'state=', '-p', String(this.child?.pid)], {
        timeout: 10_000,
      });
      return output.trim().startsWith('T');
    };
    await waitUntil(isStopped, { what: `${this.spec.name} did not stop`, timeout: 30_000 });
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  private isAlive(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }
}

/** Deletes the data of test runs that were killed. */
function removeLeftovers(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!isRunning(Number.parseInt(name, 10)))
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
