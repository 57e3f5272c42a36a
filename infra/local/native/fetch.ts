import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Java } from './java';
import { projectRoot, run, tail } from '../run';

export interface FetchedServers {
  /** The folder of Kafka's jars. */
  readonly kafka: string;
  /** The folder of the registry's quarkus-run.jar. */
  readonly registry: string;
}

/** What Maven is to fetch, and what for. */
export interface Fetching {
  /** Its phase generate-resources fills the folder that the property `property` names. */
  readonly pom: string;
  readonly property: string;
  /** The folder that gets one for this pom. */
  readonly into: string;
  /** For messages: "Kafka and the schema registry". */
  readonly what: string;
  /** For messages: what else one may do than install Maven. */
  readonly otherwise?: string;
}

/**
 * Gets Kafka and the registry by Maven into `localDir`/native, once.
 * @throws {Error} with one sentence saying what to do, when Maven is missing or fails
 */
export async function fetchServers(
  java: Java,
  localDir: string,
  onFetch: () => void = () => {},
): Promise<FetchedServers> {
  const fetching = {
    pom: path.join(projectRoot(), 'infra/local/native/pom.xml'),
    property: 'servers.dir',
    into: path.join(localDir, 'native'),
    what: 'Kafka and the schema registry',
    otherwise: ', or start a Docker engine',
  };
  const folder = await fetchOnce(java, fetching, onFetch);
  return { kafka: path.join(folder, 'kafka'), registry: path.join(folder, 'registry') };
}

/**
 * Gets what a pom names, once; another pom (other versions) has another folder. It appears there all at once or not at
 * all, so an interrupted run leaves nothing half-made, and two runs at a time do no harm. Maven keeps the downloads in
 * ~/.m2.
 * @returns the folder
 * @throws {Error} with one sentence saying what to do, when Maven is missing or fails
 */
export async function fetchOnce(
  java: Java,
  fetching: Fetching,
  onFetch: () => void = () => {},
): Promise<string> {
  const version = createHash('sha256').update(readFileSync(fetching.pom)).digest('hex').slice(0, 12);
  const folder = path.join(fetching.into, version);
  if (existsSync(folder)) return folder;
  onFetch();
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await maven(java, fetching, partial);
    moveOver(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

function moveOver(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

async function maven(java: Java, fetching: Fetching, folder: string): Promise<void> {
  const { pom, property, what, otherwise = '' } = fetching;
  const args = ['-q', '-B', '-f', pom, `-D${property}=${folder}`, 'generate-resources'];
  const { code, output } = await run('mvn', args, { env: { ...process.env, JAVA_HOME: java.home } });
  if (code === 127) {
    throw new Error(
      `Maven (mvn) fetches ${what}, and it is not here: install it (apt-get install maven, brew install maven)${otherwise}.`,
    );
  }
  if (code !== 0) {
    throw new Error(
      `Maven could not fetch ${what}; is Maven Central reachable? It said:\n${tail(output, 5)}`,
    );
  }
}
