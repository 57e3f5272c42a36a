import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { projectRoot, run, tail } from '../run';

/** SHA-256 by coordinates, `group:artifact:version`. */
export type Checksums = Readonly<Record<string, string>>;

/** Every file of the native servers: what Maven resolves from pom.xml, and nothing else. */
export interface ServerArtifacts {
  readonly kafka: Checksums;
  /** One archive. */
  readonly registry: Checksums;
}

/** The artifacts of infra/local/native/pom.xml. */
export function serverArtifacts(): ServerArtifacts {
  const file = path.join(projectRoot(), 'infra/local/native/server-artifacts.json');
  return JSON.parse(readFileSync(file, 'utf8')) as ServerArtifacts;
}

/** Downloads an artifact into a folder, and resolves with the file. Coordinates may have `type:classifier` before the version. */
export type Download = (coordinates: string, folder: string) => Promise<string>;

const AT_A_TIME = 4;

/**
 * Fills a folder as Maven would with pom.xml: `kafka/` with the jars, `registry/` with what is in its archive.
 * @throws {Error} when a file cannot be had, or is not the one that is known by its checksum
 */
export async function fetchArtifacts(
  { kafka, registry }: ServerArtifacts,
  folder: string,
  download: Download = fromMavenCentral,
): Promise<void> {
  const jars = path.join(folder, 'kafka');
  mkdirSync(jars, { recursive: true });
  const waiting = Object.keys(kafka);
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      renameSync(await download(next, folder), path.join(jars, jarOf(next)));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  await verifyJars(kafka, jars);
  for (const [coordinates, checksum] of Object.entries(registry)) {
    const archive = await download(archiveOf(coordinates), folder);
    await verify(archive, checksum);
    await unpack(archive, path.join(folder, 'registry'));
    rmSync(archive);
  }
}

/** @throws {Error} naming the first jar of the folder that is not the one that is known by its checksum */
export async function verifyJars(checksums: Checksums, folder: string): Promise<void> {
  for (const [coordinates, checksum] of Object.entries(checksums))
    await verify(path.join(folder, jarOf(coordinates)), checksum);
}

function jarOf(coordinates: string): string {
  const [, artifact, version] = coordinates.split(':');
  return `${artifact}-${version}.jar`;
}

function archiveOf(coordinates: string): string {
  const [group, artifact, version] = coordinates.split(':');
  return [group, artifact, 'tar.gz', 'all', version].join(':');
}

async function verify(file: string, checksum: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  if (hash.digest('hex') === checksum) return;
  throw new Error(
    `${path.basename(file)} has another checksum than in infra/local/native/server-artifacts.json: it was changed on its way.`,
  );
}

async function unpack(archive: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { code, output } = await run('tar', ['-xzf', archive, '-C', folder]);
  if (code !== 0) throw new Error(`tar could not unpack ${path.basename(archive)}:\n${tail(output, 5)}`);
}

async function fromMavenCentral(coordinates: string, folder: string): Promise<string> {
  const { default: client } = await import('mvn-artifact-download');
  return client.default(coordinates, folder);
}
