import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { choice, flag, parseEnvironment, port, type SettingsOf } from '../../infra/config';
import { projectRoot } from '../../infra/local/run';
import type { OwnDatabase } from '../../infra/local/services';
import type { SupervisorFolders } from '../../infra/local/supervisor/files';

/** Relative to the project's folder. */
export const DEFAULT_LOCAL_DIR = '.local';

/** The superuser and the database of the Postgres that `make up` and the tests start; infra/compose/compose.yaml has the same. */
export const LOCAL_DATABASE: OwnDatabase = { user: 'library', password: 'library', name: 'library' };

export const localEnvironment = {
  BACKBONE: choice(['external', 'compose', 'native'])
    .optional()
    .describe(
      'forces where the servers come from, for `make test` too; absent: where they were at the first `make up`, else those that the environment names, else containers where a Docker engine answers, else native ones',
    ),
  SECURE: flag().describe(
    '`make up` with TLS, passwords and access lists on native servers with data of their own, each process as a user of its own: [security.md](security.md#all-of-it-on-this-machine)',
  ),
  LOCAL_DIR: z.string().default(DEFAULT_LOCAL_DIR).describe('the folder of data, logs and downloads'),
  NATIVE_BROKERS: choice(['1', '3'])
    .default('1')
    .transform((text) => Number(text))
    .describe('how many Kafka brokers run natively; with 3 each topic has three copies'),
  KAFKA_PORT: port(19_092, 1, 65_520).describe(
    "the first broker's; the others have the ports after it, and the controllers those from ten further on",
  ),
  POSTGRES_PORT: port(15_433, 1).describe('the port of our own Postgres'),
  REGISTRY_PORT: port(18_081, 1).describe('the port of our own registry'),
  HTTP_PORT: port(3_000, 1).describe('the port of the API'),
  OPS_PORT_BASE: port(3_001, 1, 65_520).describe(
    "the first consumer's `OPS_PORT`; the others have the ports after it",
  ),
};

/** The names of all variables but LOCAL_DIR, which says which system is meant. */
export const SETTINGS: readonly string[] = Object.keys(localEnvironment).filter(
  (name) => name !== 'LOCAL_DIR',
);

/** The settings of `make up` and its companions. Those of the roles are in app/config. */
export type Settings = SettingsOf<typeof localEnvironment>;

/**
 * Reads the settings. A variable that is set but blank is refused.
 * @throws {Error} naming every variable that is wrong
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  return parseEnvironment(localEnvironment, env);
}

export interface Folders extends SupervisorFolders {
  readonly local: string;
  readonly data: string;
  /** What `library sql` keeps of the stream. */
  readonly analysis: string;
  /** See `System`. */
  readonly systemFile: string;
  /** See `mayHaveContainers`. */
  readonly containersFile: string;
  /** The lock of the command that changes the system. */
  readonly systemLock: string;
}

/** The folders of a LOCAL_DIR, as absolute paths. */
export function foldersOf({ LOCAL_DIR }: Pick<Settings, 'LOCAL_DIR'>): Folders {
  const local = path.resolve(projectRoot(), LOCAL_DIR);
  const run = path.join(local, 'run');
  return {
    local,
    run,
    data: path.join(local, 'data'),
    analysis: path.join(local, 'analysis'),
    logs: path.join(local, 'logs'),
    systemFile: path.join(run, 'system.json'),
    containersFile: path.join(run, 'containers'),
    systemLock: path.join(run, 'turn.lock'),
  };
}

/** The name of the containers' project: each LOCAL_DIR has containers and volumes of its own. */
export function projectOf({ local }: Pick<Folders, 'local'>): string {
  const isDefault = local === path.join(projectRoot(), DEFAULT_LOCAL_DIR);
  return isDefault ? 'library' : `library-${createHash('sha256').update(local).digest('hex').slice(0, 8)}`;
}

/** The clients' ports, one per broker. */
export function kafkaPorts({ KAFKA_PORT, NATIVE_BROKERS }: Settings): number[] {
  return Array.from({ length: NATIVE_BROKERS }, (_, index) => KAFKA_PORT + index);
}

/** The controllers' ports, one per broker. */
export function controllerPorts(settings: Settings): number[] {
  return kafkaPorts(settings).map((port) => port + 10);
}
