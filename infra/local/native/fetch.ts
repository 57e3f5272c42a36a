import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fetchArtifacts, serverArtifacts, verifyJars } from './artifacts';
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
  /** Does the same where there is no Maven. */
  readonly withoutMaven?: (folder: string) => Promise<void>;
  /** Rejects a folder that is not as it should be. */
  readonly verify?: (folder: string) => Promise<void>;
}

/**
 * Downloads Kafka and the registry into `localDir`/native, once: by Maven, which knows the mirrors and proxies of its user, or
 * without where it is not here.
 * @throws {Error} with one sentence saying what to do, when they cannot be had, or a jar is not the one that is known by its checksum
 */
export async function fetchServers(
  java: Java,
  localDir: string,
  onFetch: () => void = () => {},
): Promise<FetchedServers> {
  const artifacts = serverArtifacts();
  const download = {
    pom: path.join(projectRoot(), 'infra/local/native/pom.xml'),
    property: 'servers.dir',
    into: path.join(localDir, 'native'),
    what: 'Kafka and the schema registry',
    withoutMaven: (folder: string) =>
      fetchArtifacts(artifacts, folder).catch((error: Error) => {
        throw new Error(
          `Kafka and the schema registry could not be had: ${error.message} Is Maven Central reachable? Maven (mvn), where it is ` +
            'installed, knows your mirrors; with a Docker engine neither is needed.',
          { cause: error },
        );
      }),
    verify: (folder: string) => verifyJars(artifacts.kafka, path.join(folder, 'kafka')),
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
    await download.verify?.(partial);
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
  const { pom, property, what, withoutMaven } = download;
  const args = ['-q', '--strict-checksums', '-B', '-f', pom, `-D${property}=${folder}`, 'generate-resources'];
  const { code, output } = await run('mvn', args, { env: { ...process.env, JAVA_HOME: java.home } });
  if (code === 127 && withoutMaven) return withoutMaven(folder);
  if (code === 127) {
    throw new Error(
      `Maven (mvn) fetches ${what}, and it is not here: install it (apt-get install maven, brew install maven).`,
    );
  }
  if (code !== 0) {
    throw new Error(
      `Maven could not fetch ${what}; is Maven Central reachable? It said:\n${tail(output, 5)}`,
    );
  }
}
