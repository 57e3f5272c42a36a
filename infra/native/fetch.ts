import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Java } from './java';
import { projectRoot, run, tail } from './run';

export interface FetchedServers {
  /** The folder of Kafka's jars. */
  readonly kafka: string;
  /** The folder of the registry's quarkus-run.jar. */
  readonly registry: string;
}

/** Where the servers of this pom lie or will lie; another pom (other versions) has another folder. */
function folderOf(localDir: string, pom: string): string {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  return path.join(localDir, 'native', version);
}

/**
 * Gets Kafka and the registry by Maven into `localDir`/native, once. They appear there all at once or not at all, so
 * an interrupted run leaves nothing half-made, and two runs at a time do no harm. Maven keeps the downloads in ~/.m2.
 * @throws {Error} with one sentence saying what to do, when Maven is missing or fails
 */
export async function fetchServers(
  java: Java,
  localDir: string,
  onFetch: () => void = () => {},
): Promise<FetchedServers> {
  const pom = path.join(projectRoot(), 'infra/native/pom.xml');
  const folder = folderOf(localDir, pom);
  if (!existsSync(folder)) {
    onFetch();
    const partial = `${folder}.${process.pid}`;
    mkdirSync(partial, { recursive: true });
    try {
      await maven(java, ['-f', pom, `-Dservers.dir=${partial}`, 'generate-resources']);
      moveOver(partial, folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  return { kafka: path.join(folder, 'kafka'), registry: path.join(folder, 'registry') };
}

function moveOver(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

async function maven(java: Java, args: readonly string[]): Promise<void> {
  const { code, output } = await run('mvn', ['-q', '-B', ...args], {
    env: { ...process.env, JAVA_HOME: java.home },
  });
  if (code === 127) {
    throw new Error(
      'Maven (mvn) fetches Kafka and the schema registry, and it is not here: install it (apt-get install maven, brew install maven), or start a Docker engine.',
    );
  }
  if (code !== 0) {
    throw new Error(
      `Maven could not fetch Kafka and the schema registry; is Maven Central reachable? It said:\n${tail(output, 5)}`,
    );
  }
}
