import { loadConfig } from '../config';
import { kafkaSettings } from '../../infra/kafka/client';
import { kafkaService, postgresService, type Service } from '../../infra/local/services';
import { httpAnswers } from '../../infra/local/wait';
import { observe } from '../../infra/local/supervisor/client';
import type { ProcessState } from '../../infra/local/supervisor/files';
import { registryOf } from './backbone';
import { print } from '../terminal/print';
import { foldersOf, readSettings } from '../local-system/settings';
import { readSystem, withRunningSystem, type System } from '../local-system/system';
import { describeLag, readLag } from '../lag';
import { span, table } from '../terminal/table';

/**
 * Prints the state of each server and role, and the lag of the consumers.
 * @returns the exit code: 0 where all of them are up
 */
export async function status(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const folders = foldersOf(readSettings(env));
  const system = readSystem(folders);
  if (!system) {
    print('Nothing was started here yet: make up does.');
    return 1;
  }
  const { processes, supervised } = observe(folders);
  const groups = await Promise.all([
    ...system.services.map((service) => serviceRows(service, system, processes, env)),
    ...system.roles.map(({ name, url }) =>
      rowsOf(name, url, httpAnswers(`${url}/readyz`), processesOf(name, processes)),
    ),
  ]);
  const rows = groups.flat();
  for (const line of table([['NAME', 'STATE', 'PID', 'UPTIME', 'RESTARTS', 'ADDRESS'], ...rows])) print(line);
  if (!supervised && processes.some(({ process }) => process)) {
    print('\nThe supervisor is gone, so nothing is started again if it dies: make up starts a new one.');
  }
  print('');
  for (const line of await lagLines(env)) print(line);
  return rows.every(([, state]) => state === 'up') ? 0 : 1;
}

async function serviceRows(
  { name, url }: System['services'][number],
  system: System,
  processes: readonly ProcessState[],
  env: NodeJS.ProcessEnv,
): Promise<string[][]> {
  const known = { ...withRunningSystem(env), ...system.env, ...system.credentials?.['analyst'] };
  const answers = clientOf(name, known).isReady();
  const where = system.mode.own.includes(name)
    ? system.mode.backbone === 'compose'
      ? ['container']
      : []
    : ['external'];
  return rowsOf(name, withoutPassword(url), answers, processesOf(name, processes), where[0]);
}

function clientOf(name: Service['name'], env: NodeJS.ProcessEnv): Service {
  const config = loadConfig(env);
  if (name === 'kafka') return kafkaService(kafkaSettings(config, 'library-status'));
  return name === 'postgres' ? postgresService(config.DATABASE_URL) : registryOf(config);
}

function processesOf(name: string, processes: readonly ProcessState[]): ProcessState[] {
  return processes.filter(({ spec }) => spec.group === name);
}

async function rowsOf(
  name: string,
  url: string,
  answers: Promise<boolean>,
  processes: readonly ProcessState[],
  where = '-',
): Promise<string[][]> {
  const answering = await answers;
  if (processes.length === 0)
    return [[name, answering && where !== '-' ? 'up' : 'down', where, '-', '-', url]];
  return processes.map(({ spec, process, startedAt, restarts, lastEnd }) => {
    const state = process ? (answering ? 'up' : 'not ready') : `down (${lastEnd ?? 'stopped'})`;
    const uptime = process ? span(Date.now() - startedAt) : '-';
    return [spec.name, state, String(process?.pid ?? '-'), uptime, String(restarts), url];
  });
}

async function lagLines(env: NodeJS.ProcessEnv): Promise<string[]> {
  try {
    return describeLag(await readLag(loadConfig(withRunningSystem(env))));
  } catch {
    return ['How far the consumers are behind is not known: that takes both Kafka and Postgres.'];
  }
}

function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:/@]+):[^@/]+@/, '$1:***@');
}
