import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { KEYS } from './contents';

const OFFSET = z.int().min(0);
const FILE = z.object({
  /** Relative to the folder. */
  name: z.string().regex(/^[a-zA-Z]+\/\d+-\d+-\d+\.batches$/),
  from: OFFSET,
  to: OFFSET,
  bytes: z.int().min(0),
  sha256: z.string(),
});
const PARTITION = z.object({ end: OFFSET, files: z.array(FILE) });
const MANIFEST = z.object({
  format: z.literal(1),
  prefix: z.string(),
  clusterId: z.string(),
  /** When the last run ended. */
  at: z.iso.datetime(),
  topics: z.record(
    z.enum(KEYS),
    z.object({ topicId: z.string().nullable(), partitions: z.array(PARTITION) }),
  ),
});

/** What a backup holds, and of which stream it is. Files that it does not name are no part of it. */
export type Manifest = z.infer<typeof MANIFEST>;
export type BackupFile = z.infer<typeof FILE>;

const NAME = 'manifest.json';

/**
 * The manifest of a folder; undefined where there is none.
 * @throws {Error} where it is not one that this version can read
 */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(folder, NAME), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return MANIFEST.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path.join(folder, NAME)} is no manifest of a backup that this version can read`);
  }
}

export function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  return writeDurably(folder, NAME, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
}

/** A file that is there as a whole, or not at all, whatever ends the process or the machine. */
async function writeDurably(folder: string, name: string, content: Buffer): Promise<void> {
  const whole = path.join(folder, name);
  const part = `${whole}.part`;
  const file = await open(part, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, whole);
  await syncFolder(path.dirname(whole));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes batches that follow each other in one partition. @param name relative to the folder */
export async function writeBatches(
  folder: string,
  name: string,
  range: { readonly from: number; readonly to: number },
  batches: readonly Buffer[],
): Promise<BackupFile> {
  const content = Buffer.concat(batches);
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeDurably(folder, name, content);
  return { name, ...range, bytes: content.length, sha256: sha256Of(content) };
}

/** The content of a file. @throws {Error} where it is not what was written */
export async function readBatches(folder: string, { name, sha256 }: BackupFile): Promise<Buffer> {
  const content = await readFile(path.join(folder, name));
  if (sha256Of(content) !== sha256)
    throw new Error(`${path.join(folder, name)} is damaged: it does not have its checksum`);
  return content;
}

function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
