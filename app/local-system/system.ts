import { existsSync, readFileSync } from 'node:fs';
import type { ServiceName } from '../../infra/local/services';
import { writeJson } from '../../infra/local/supervisor/files';
import { SERVICES, variableOf, type Mode } from './mode';
import { readDotEnv } from './dot-env';
import { DEFAULT_LOCAL_DIR, foldersOf, type Folders } from './settings';

/** The system that `make up` started last, for later commands: their environment need not name it again. */
export interface System {
  readonly mode: Mode;
  /** The name of the containers' project. */
  readonly project: string;
  readonly services: readonly { readonly name: ServiceName; readonly title: string; readonly url: string }[];
  readonly roles: readonly { readonly name: string; readonly url: string }[];
  /** The variables with its addresses. */
  readonly env: Readonly<Record<string, string>>;
  /** The variables of each principal, where they are not all alike. */
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The variables that it was started with; absent where an older version started it. See `settingsOf`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The names of those that `.env` has set, and nothing else. */
  readonly fromDotEnv?: readonly string[];
}

/** The system of these folders; undefined if none was started. */
export function readSystem({ systemFile }: Folders): System | undefined {
  return existsSync(systemFile) ? (JSON.parse(readFileSync(systemFile, 'utf8')) as System) : undefined;
}

/**
 * Whether a Docker engine may have containers or data of these folders' system. A start that failed leaves no system behind, and maybe
 * volumes. The engine is not asked: it may hold those of another clone, under the same names.
 */
export function mayHaveContainers(folders: Folders): boolean {
  return existsSync(folders.containersFile) || readSystem(folders)?.mode.backbone === 'compose';
}

/** Notes that there may be containers from now on, until `make reset`. */
export function noteContainers({ containersFile }: Folders): void {
  writeJson(containersFile, true);
}

/** Records the system that was started. */
export function writeSystem({ systemFile }: Folders, system: System): void {
  writeJson(systemFile, system);
}

/**
 * The environment of a program that uses the system which `make up` started: what `env` names, else `.env`, else the addresses and
 * settings of that system, if there is one.
 * @param principal who it is to be, where they are not all alike
 */
export function withRunningSystem(
  env: NodeJS.ProcessEnv = process.env,
  principal = 'analyst',
): NodeJS.ProcessEnv {
  const own = withDotEnv(env);
  const system = readSystem(foldersOf({ LOCAL_DIR: own.LOCAL_DIR || DEFAULT_LOCAL_DIR }));
  if (!system) return own;
  const { settings, env: addresses, credentials } = system;
  return { ...settings, ...addresses, ...credentials?.[principal], ...notExported(own, system) };
}

/** How clients reach our own servers, as `make env` exports it: where each process is a user of its own, as the analyst. */
export function exportedOf({ mode, env, credentials }: System): Record<string, string> {
  const { HTTP_PORT: _, ...all } = { ...env, ...credentials?.['analyst'] };
  for (const service of SERVICES) if (!mode.own.includes(service)) delete all[variableOf(service)];
  return all;
}

/** The variables but those that `make env` has exported: they name the system, and nothing else is meant by them. */
export function notExported<T extends string | undefined>(
  variables: Readonly<Record<string, T>>,
  system: System,
): Record<string, T> {
  const exported = exportedOf(system);
  return Object.fromEntries(Object.entries(variables).filter(([name, value]) => exported[name] !== value));
}

/** The variables of `env`, and those of `.env` that it does not name. */
export function withDotEnv(env: NodeJS.ProcessEnv = process.env, dotEnv = readDotEnv()): NodeJS.ProcessEnv {
  const named = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  return { ...dotEnv, ...named };
}
