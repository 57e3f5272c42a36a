import { existsSync, readFileSync } from 'node:fs';
import type { ServiceName } from '../../infra/local/services';
import { writeJson } from '../../infra/local/supervisor/files';
import type { Mode } from './mode';
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
  return { ...system?.settings, ...system?.env, ...system?.credentials?.[principal], ...own };
}

/** The variables of `env`, and those of `.env` that it does not name. */
export function withDotEnv(env: NodeJS.ProcessEnv = process.env, dotEnv = readDotEnv()): NodeJS.ProcessEnv {
  const named = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  return { ...dotEnv, ...named };
}
