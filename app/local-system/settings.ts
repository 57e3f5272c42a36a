import path from 'node:path';
import { z } from 'zod';
import { parseEnvironment, port, type SettingsOf } from '../../infra/config';
import { projectRoot } from '../../infra/local/run';
import type { SupervisorFolders } from '../../infra/local/supervisor/files';

/** Below the project's folder. */
export const DEFAULT_LOCAL_DIR = '.local';

const environment = {
  BACKBONE: z.enum(['external', 'compose', 'native']).optional(),
  LOCAL_DIR: z.string().default(DEFAULT_LOCAL_DIR),
  NATIVE_BROKERS: z
    .enum(['1', '3'])
    .default('1')
    .transform((text) => Number(text)),
  KAFKA_PORT: port(19_092, 1),
  POSTGRES_PORT: port(15_433, 1),
  REGISTRY_PORT: port(18_081, 1),
  HTTP_PORT: port(3_000, 1),
  /** The first consumer's OPS_PORT; the next ones follow it. */
  OPS_PORT_BASE: port(3_001, 1),
};

/** What only the commands around the system need to know; what the system itself needs is in app/config. */
export type Settings = SettingsOf<typeof environment>;

/**
 * Reads them. An empty variable counts as absent.
 * @throws {Error} naming every variable that is wrong
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  return parseEnvironment(environment, env);
}

export interface Folders extends SupervisorFolders {
  readonly local: string;
  readonly data: string;
  /** What was started, and where it is reached. */
  readonly systemFile: string;
  /** Held by the command that is changing the system. */
  readonly systemLock: string;
}

/** Where things are kept, as absolute paths. */
export function foldersOf({ LOCAL_DIR }: Pick<Settings, 'LOCAL_DIR'>): Folders {
  const local = path.resolve(projectRoot(), LOCAL_DIR);
  const run = path.join(local, 'run');
  return {
    local,
    run,
    data: path.join(local, 'data'),
    logs: path.join(local, 'logs'),
    systemFile: path.join(run, 'system.json'),
    systemLock: path.join(run, 'turn.lock'),
  };
}

/** One port per broker. */
export function kafkaPorts({ KAFKA_PORT, NATIVE_BROKERS }: Settings): number[] {
  return Array.from({ length: NATIVE_BROKERS }, (_, index) => KAFKA_PORT + index);
}

/** Where the brokers' controllers talk to each other. */
export function controllerPorts(settings: Settings): number[] {
  return kafkaPorts(settings).map((port) => port + 10);
}
