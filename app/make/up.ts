import { loadConfig } from '../config';
import { Compose, type Container } from '../../infra/local/compose';
import { holdersOf, isBusy } from '../../infra/local/ports';
import { kafkaSettings } from '../../infra/kafka/client';
import { registryAddress } from '../../schemas/settings';
import { runningSpecs, supervise, supervisedSpecs } from '../../infra/local/supervisor/client';
import type { ProcessSpec } from '../../infra/local/supervisor/spec';
import { deploy } from '../deploy';
import { ROLES } from '../roles/roles';
import { PRINCIPALS } from '../rights/rights';
import { planBackbone, type BackbonePlan } from './backbone';
import { variableOf } from '../local-system/mode';
import { rollBack, takeSnapshot } from './rollback';
import { awaitReady, type Pending } from './readiness';
import { buildFingerprint, roleProcesses, type RoleProcess } from './role-processes';
import { print, seconds } from '../terminal/print';
import { Failure } from './failure';
import { foldersOf, projectOf, readSettings, type Folders, type Settings } from '../local-system/settings';
import { noteContainers, readSystem, writeSystem } from '../local-system/system';
import { getImages } from './containers';
import { readDotEnv } from '../local-system/dot-env';
import { DEFAULT_LOCAL_DIR } from '../local-system/settings';
import { channelSettings } from '../../consumer/notices/settings';
import { describeChanges, FORGET, settingsOf, type UpSettings } from './kept-settings';
import { withSystemLock } from './lock';
import { httpAnswers } from '../../infra/local/wait';
import { authSettings } from '../../schemas/access-settings';

interface Run {
  readonly settings: Settings;
  readonly given: UpSettings;
  readonly folders: Folders;
  readonly backbone: BackbonePlan;
  readonly roles: readonly RoleProcess[];
  readonly compose: Compose;
  readonly signal: AbortSignal;
}

/**
 * Starts the whole system, and resolves when all of it is ready. Processes that already run and have not changed are not
 * restarted. If anything fails, or `signal` is aborted, the system goes back to its state before.
 * @throws {Error} with one sentence for the user
 */
export async function up(signal: AbortSignal, processEnv: NodeJS.ProcessEnv = process.env): Promise<void> {
  const dotEnv = readDotEnv();
  const LOCAL_DIR = processEnv.LOCAL_DIR ?? dotEnv['LOCAL_DIR'] ?? DEFAULT_LOCAL_DIR;
  const system = readSystem(foldersOf({ LOCAL_DIR }));
  const given = settingsOf({ env: processEnv, dotEnv, before: system });
  const { env } = given;
  const settings = readSettings(env);
  checkSettings(env);
  const folders = foldersOf(settings);
  const compose = new Compose(projectOf(folders), portVariables(settings));
  await withSystemLock(folders, async () => {
    const begin = Date.now();
    if (given.kept.length > 0)
      print(`As the last make up was told (KEEP=${FORGET} forgets it): ${given.kept.join(', ')}`);
    for (const line of system?.settings ? describeChanges(system.settings, given.settings) : []) print(line);
    const backbone = await planBackbone(settings, folders, env);
    const shared = { ...env, ...backbone.env };
    const roles = roleProcesses(ROLES, settings, shared, buildFingerprint(), backbone.credentials);
    const run = { settings, given, folders, backbone, roles, compose, signal };
    const usedCompose = backbone.mode.backbone === 'compose' ? compose : undefined;
    const before = await takeSnapshot(folders, usedCompose);
    await checkPorts(run, before.containers);
    try {
      const deployer = backbone.credentials && { ...backbone.credentials('deployer'), GRANT_RIGHTS: 'true' };
      await bringUp(run, { ...shared, ...deployer });
    } catch (error) {
      print('That did not work; going back to how it was before…');
      await rollBack(folders, before, usedCompose);
      throw error;
    }
    announce(run, Date.now() - begin);
  });
}

/** @throws {Error} where a role would refuse to start, before anything is stopped for it */
function checkSettings(env: NodeJS.ProcessEnv): void {
  const config = loadConfig(env);
  authSettings(config);
  channelSettings(config);
  kafkaSettings(config, 'library-up');
  registryAddress(config);
}

/** The variables of compose.yaml that choose the ports. */
function portVariables({ KAFKA_PORT, POSTGRES_PORT, REGISTRY_PORT }: Settings): Record<string, string> {
  const ports = Object.entries({ KAFKA_PORT, POSTGRES_PORT, REGISTRY_PORT });
  return Object.fromEntries(ports.map(([name, port]) => [name, String(port)]));
}

async function bringUp(run: Run, env: NodeJS.ProcessEnv): Promise<void> {
  const { folders, backbone, roles, compose, signal } = run;
  const shown = [
    ...backbone.own.filter(({ name }) => backbone.mode.own.includes(name)),
    ...backbone.external,
  ];
  writeSystem(folders, {
    mode: backbone.mode,
    project: compose.project,
    services: shown.map(({ name, title, url }) => ({ name, title, url })),
    roles: roles.map(({ name, url }) => ({ name, url })),
    env: { ...backbone.env, HTTP_PORT: String(run.settings.HTTP_PORT) },
    ...(backbone.credentials && { credentials: everybodys(backbone.credentials) }),
    settings: run.given.settings,
    fromDotEnv: run.given.fromDotEnv,
  });
  await awaitReady(backbone.external.map(externalPending), folders, signal);
  if (backbone.mode.backbone === 'compose') {
    await getImages(
      backbone.own.map(({ name }) => name),
      signal,
    );
    noteContainers(folders);
  }
  await startServices(run);
  print('Creating topics, registering schemas, migrating the database…');
  await abortable(deploy(loadConfig(env)), signal);
  await startRoles(run);
}

function everybodys(credentials: NonNullable<BackbonePlan['credentials']>) {
  return Object.fromEntries(PRINCIPALS.map((principal) => [principal, credentials(principal)]));
}

/** @throws {Failure} when other programs use ports that servers or roles are to be started on, with all of them */
async function checkPorts(
  { folders, backbone, roles }: Run,
  containers: readonly Container[],
): Promise<void> {
  const active = containers.flatMap(({ service, isActive }) => (isActive ? [service] : []));
  const own = new Set(runningSpecs(folders).flatMap(({ ports }) => ports));
  const services = backbone.own.filter(({ name }) => !active.includes(name));
  const needed = [
    ...services.flatMap(({ title, ports }) => ports.map((port) => ({ ...port, title }))),
    ...roles.map(({ name, port, variable }) => ({ port, variable, title: `the role ${name}` })),
  ].filter(({ port }) => !own.has(port));
  const isTaken = await Promise.all(needed.map(({ port }) => isBusy(port)));
  const busy = needed.filter((_, index) => isTaken[index]);
  if (busy.length === 0) return;
  const holders = await holdersOf(busy.map(({ port }) => port));
  const lines = busy.map(
    ({ port, variable, title }) =>
      `Port ${port}, which ${title} needs, is in use by ${holders.get(port) ?? 'another program'}: stop that program, or choose another port with ${variable}=….`,
  );
  throw new Failure(lines.join('\n'));
}

/** Starts Postgres before the others: the registry needs its database. */
async function startServices(run: Run): Promise<void> {
  const { own } = run.backbone;
  const groups = [
    own.filter(({ name }) => name === 'postgres'),
    own.filter(({ name }) => name !== 'postgres'),
  ].filter((group) => group.length > 0);
  const started: ProcessSpec[] = [];
  for (const group of groups) {
    const specs = group.flatMap(({ processes }) => processes);
    started.push(...specs);
    const known = new Map(runningSpecs(run.folders).map(({ name, fingerprint }) => [name, fingerprint]));
    if (specs.length > 0) await superviseAlso(run, started);
    else if (group.length > 0) await run.compose.up(group.map(({ name }) => name));
    const pending = group.map((service): Pending => ({
      title: service.title,
      processes: service.processes.map(({ name }) => name),
      wasRunning:
        specs.length > 0 && service.processes.every((spec) => known.get(spec.name) === spec.fingerprint),
      isReady: () => service.isReady(),
      afterStart: () => service.afterStart(),
      timeout: 120_000,
      ...(specs.length === 0 && {
        lastLines: () => run.compose.lastLines(service.name),
        restarts: () => run.compose.restarts(service.name),
      }),
    }));
    await awaitReady(pending, run.folders, run.signal);
  }
}

/** Makes the supervisor run these in addition to what it runs now. */
async function superviseAlso({ folders, signal }: Run, specs: readonly ProcessSpec[]): Promise<void> {
  signal.throwIfAborted();
  const names = new Set(specs.map(({ name }) => name));
  const others = supervisedSpecs(folders).filter(({ name }) => !names.has(name));
  const services = others.filter(({ kind }) => kind === 'service');
  await supervise(folders, [...specs, ...services, ...others.filter(({ kind }) => kind === 'role')]);
}

/** Starts the roles, and stops every process that is no longer part of the system. */
async function startRoles({ folders, backbone, roles, signal }: Run): Promise<void> {
  signal.throwIfAborted();
  const known = new Map(runningSpecs(folders).map(({ name, fingerprint }) => [name, fingerprint]));
  const services = backbone.own.flatMap(({ processes }) => processes);
  const changed = roles.filter(
    ({ name, spec }) => (known.get(name) ?? spec.fingerprint) !== spec.fingerprint,
  );
  if (changed.length > 0)
    print(
      `Their settings or code have changed, so these start again: ${changed.map(({ name }) => name).join(', ')}`,
    );
  await supervise(folders, [...services, ...roles.map(({ spec }) => spec)]);
  const pending = roles.map(({ name, url, spec }) => ({
    title: `Role ${name}`,
    processes: [name],
    wasRunning: known.get(name) === spec.fingerprint,
    isReady: () => httpAnswers(`${url}/readyz`),
    timeout: 60_000,
  }));
  await awaitReady(pending, folders, signal);
}

function externalPending(service: BackbonePlan['external'][number]): Pending {
  return {
    title: `${service.title} (${variableOf(service.name)})`,
    processes: [],
    wasRunning: true,
    isReady: () => service.isReady(),
    timeout: 20_000,
  };
}

/** Rejects as soon as `signal` is aborted. The work itself is not stopped: it goes on until the process ends. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, aborted]);
}

function announce({ backbone, roles, folders, settings }: Run, took: number): void {
  const api = roles.find(({ name }) => name === 'api')?.url ?? `http://127.0.0.1:${settings.HTTP_PORT}`;
  const lines = [
    ['Page', `${api}/`],
    ['API', api],
    ['Docs', `${api}/docs`],
    [
      'Metrics',
      [api, ...roles.filter(({ name }) => name !== 'api').map(({ url }) => url)]
        .map((url) => `${url}/metrics`)
        .join('\n              '),
    ],
    ['Kafka', backbone.env.KAFKA_BROKERS],
    ['Postgres', withoutPassword(backbone)],
    ['Registry', backbone.env.SCHEMA_REGISTRY_URL],
    ['Logs', `${folders.logs} (make logs)`],
  ];
  print(`\nThe library is up (${seconds(took)}).\n`);
  for (const [name = '', value = ''] of lines) print(`  ${name.padEnd(12)}${value}`);
  print('\nmake demo loads a catalogue and reservations · make status · make down');
}

/** The password of our own Postgres is public; that of an external one is masked. */
function withoutPassword({ mode, env }: BackbonePlan): string {
  const url = new URL(env.DATABASE_URL ?? '');
  if (!mode.own.includes('postgres')) url.password = url.password && '***';
  return url.href;
}
