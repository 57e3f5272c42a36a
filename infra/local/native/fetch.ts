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

/** A download by Maven. */
export interface Download {
  /** The pom. Its phase generate-resources fills the folder that the property `property` names. */
  readonly pom: string;
  readonly property: string;
  /** The parent of the folder. */
  readonly into: string;
  /** The contents, for messages: "Kafka and the schema registry". */
  readonly what: string;
  /** The alternative to installing Maven, for messages. */
  readonly otherwise?: string;
}

/**
 * Downloads Kafka and the registry by Maven into `localDir`/native, once.
 * @throws {Error} with one sentence saying what to do, when Maven is missing or fails
 */
export async function fetchServers(
  java: Java,
  localDir: string,
  onFetch: () => void = () => {},
): Promise<FetchedServers> {
  const download = {
    pom: path.join(projectRoot(), 'infra/local/native/pom.xml'),
    property: 'servers.dir',
    into: path.join(localDir, 'native'),
    what: 'Kafka and the schema registry',
    otherwise: ', or start a Docker engine',
  };
  const folder = await fetchOnce(java, download, onFetch);
  return { kafka: path.join(folder, 'kafka'), registry: path.join(folder, 'registry') };
}

/**
 * Downloads the contents of a pom, once. A changed pom (other versions) has another folder. The folder appears complete or
 * not at all: an interrupted run leaves no partial one, and concurrent runs are safe. Maven caches the downloads in ~/.m2.
 * @returns the folder
 * @throws {Error} with one sentence saying what to do, when Maven is missing or fails
 */
export async function fetchOnce(
  java: Java,
  download: Download,
  onFetch: () => void = () => {},
): Promise<string> {
  const version = createHash('sha256').update(readFileSync(download.pom)).digest('hex').slice(0, 12);
  const folder = path.join(download.into, version);
  if (existsSync(folder)) return folder;
  onFetch();
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await maven(java, download, partial);
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

async function maven(java: Java, download: Download, folder: string): Promise<void> {
  const { pom, property, what, otherwise = '' } = download;
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
