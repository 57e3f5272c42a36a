import { accessSync, constants, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { projectRoot, run } from '../run';

/** Apicurio 3 needs 21; for Kafka 17 would do. */
export const OLDEST_JAVA = 21;

export interface Java {
  readonly path: string;
  readonly home: string;
  readonly major: number;
}

/** The major version in the output of `java -version`; undefined where it holds none. `1.8` counts as 8. */
export function majorVersion(output: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match ? Number(match[1]) : undefined;
}

/** The newest; of several equals the first, so that JAVA_HOME has precedence over PATH. */
export function newest(javas: readonly Java[]): Java | undefined {
  return javas.reduce<Java | undefined>(
    (best, java) => (best && best.major >= java.major ? best : java),
    undefined,
  );
}

/**
 * The newest Java among JAVA_HOME, PATH and the usual folders of Linux and macOS; where that is too old, or there is none, the one
 * that `fetch` resolves with.
 * @throws {Error} with one sentence saying what to do, when there is neither
 */
export async function findJava(
  env: NodeJS.ProcessEnv = process.env,
  fetch: () => Promise<Java | undefined> = async () => undefined,
  usual: () => readonly string[] = usualFiles,
): Promise<Java> {
  const found = await Promise.all(candidates(env, usual()).map(inspectJava));
  const java = newest(found.filter((candidate) => candidate !== undefined));
  if (java && java.major >= OLDEST_JAVA) return java;
  const fetched = await fetch();
  if (fetched && fetched.major >= OLDEST_JAVA) return fetched;
  const what = java ? `The newest Java here is ${java.major} (${java.path})` : 'No Java was found here';
  throw new Error(
    `${what}, but Kafka and the schema registry need Java ${OLDEST_JAVA} or newer: ${howToInstall(env)}; or install Python with pip, ` +
      'with which make gets a Java of its own; or point JAVA_HOME at one; or start a Docker engine.',
  );
}

/** By the package manager of the system. */
const INSTALLING: readonly (readonly [string, string])[] = [
  ['brew', 'brew install openjdk'],
  ['apt-get', `apt-get install openjdk-${OLDEST_JAVA}-jre-headless`],
  ['dnf', `dnf install java-${OLDEST_JAVA}-openjdk-headless`],
  ['zypper', `zypper install java-${OLDEST_JAVA}-openjdk-headless`],
  ['pacman', `pacman -S jre${OLDEST_JAVA}-openjdk-headless`],
];

function howToInstall({ PATH = '' }: NodeJS.ProcessEnv): string {
  const isHere = (program: string) =>
    PATH.split(path.delimiter).some((folder) => isExecutable(path.join(folder, program)));
  return INSTALLING.find(([program]) => isHere(program))?.[1] ?? 'install one (https://adoptium.net)';
}

function candidates(env: NodeJS.ProcessEnv, usual: readonly string[]): string[] {
  const listed = [
    ...(env.JAVA_HOME ? [path.join(env.JAVA_HOME, 'bin/java')] : []),
    ...(env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'java')),
    ...usual,
  ];
  return [...new Set(listed.filter(isExecutable).map((file) => realpathSync(file)))];
}

/** Where the installers of Linux and macOS put it. */
function usualFiles(): string[] {
  const list = path.join(projectRoot(), 'infra/local/native/java-places.json');
  const places = JSON.parse(readFileSync(list, 'utf8')) as string[];
  return places.flatMap((place) => {
    const [folder = '', rest = ''] = place.replace('~', homedir()).split('/*/');
    return below(folder, rest);
  });
}

function below(folder: string, rest: string): string[] {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name, rest));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** undefined where the file is no Java that runs. */
export async function inspectJava(file: string): Promise<Java | undefined> {
  const { code, output } = await run(file, ['-version'], { timeout: 20_000 });
  const major = code === 0 ? majorVersion(output) : undefined;
  return major === undefined ? undefined : { path: file, home: path.dirname(path.dirname(file)), major };
}
