import type { BatchStore } from '../../infra/kafka/batch-store';
import type { PartitionBounds } from '../../infra/event-log/log';
import type { KafkaLog } from '../../infra/kafka/kafka-log';
import type { Topics } from '../../schemas/topics';
import { ETERNAL, KEYS, type TopicKey } from './contents';
import { readManifest, writeBatches, writeManifest, type BackupFile, type Manifest } from './manifest';

/** What is kept in memory of a partition until it is written to a file; a batch more or less. */
const FILE_BYTES = 16_777_216;

export interface BackupOptions {
  readonly folder: string;
  readonly prefix: string;
  readonly topics: Topics;
  readonly log: Pick<KafkaLog, 'identity' | 'topicId' | 'bounds'>;
  readonly store: Pick<BatchStore, 'read'>;
  readonly signal: AbortSignal;
  onStart(offsets: number): void;
  onProgress(offsets: number): void;
}

/** What one topic has got, and what is to be added to it. */
interface Task {
  readonly key: TopicKey;
  readonly topicId: string | null;
  readonly known: readonly Manifest['topics']['reservations']['partitions'][number][];
  readonly ranges: readonly PartitionBounds[];
}

/**
 * Copies all topics into a folder, up to where they end when it begins. Where the folder has a backup of the same stream, it goes on
 * where that ended. Interrupted anywhere, the folder holds the backup that it held before. It reads in no group and writes nothing to
 * the servers: everything goes on meanwhile.
 * @returns the manifest, and how many offsets were added
 * @throws {Error} when the folder has a backup of another stream, or the stream lost records that should be there
 */
export async function backup(options: BackupOptions): Promise<{ manifest: Manifest; added: number }> {
  const { folder, prefix, topics, log } = options;
  const before = await readManifest(folder);
  const clusterId = await log.identity();
  if (before && (before.prefix !== prefix || before.clusterId !== clusterId))
    throw new Error(
      `${folder} has the backup of another stream (${before.prefix} of the cluster ${before.clusterId}): use another folder`,
    );
  const tasks: Task[] = [];
  for (const key of KEYS) tasks.push(await taskOf(key, topics[key], before, log, folder));
  const lengths = tasks.flatMap(({ ranges }) => ranges.map(({ start, end }) => end - start));
  const added = lengths.reduce((sum, length) => sum + length, 0);
  options.onStart(added);
  const contents = {} as Record<TopicKey, Manifest['topics'][TopicKey]>;
  for (const task of tasks) contents[task.key] = await contentOf(task, options);
  const manifest = { format: 1, prefix, clusterId, at: new Date().toISOString(), topics: contents } as const;
  await writeManifest(folder, manifest);
  return { manifest, added };
}

async function taskOf(
  key: TopicKey,
  topic: string,
  before: Manifest | undefined,
  log: BackupOptions['log'],
  folder: string,
): Promise<Task> {
  const topicId = (await log.topicId(topic)) ?? null;
  const known = before?.topics[key];
  if (known && known.topicId !== topicId)
    throw new Error(`${folder} has the backup of an earlier topic ${topic}: use another folder`);
  const ranges = (await log.bounds(topic)).map(({ partition, start, end }) => {
    const from = known?.partitions[partition]?.end ?? 0;
    if (end < from || (ETERNAL.has(key) && start > from))
      throw new Error(
        `${topic} partition ${partition} holds ${start} to ${end}, and is needed from ${from} on: records were deleted from it`,
      );
    return { partition, start: Math.max(from, start), end };
  });
  return { key, topicId, known: known?.partitions ?? [], ranges };
}

async function contentOf(
  { key, topicId, known, ranges }: Task,
  options: BackupOptions,
): Promise<Manifest['topics'][TopicKey]> {
  const partitions = [];
  for (const range of ranges) {
    const files = await filesOf(key, range, options);
    partitions.push({ end: range.end, files: [...(known[range.partition]?.files ?? []), ...files] });
  }
  return { topicId, partitions };
}

/** Writes what is added to one partition. */
async function filesOf(
  key: TopicKey,
  range: PartitionBounds,
  { folder, topics, store, signal, onProgress }: BackupOptions,
): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  let batches: Buffer[] = [];
  let size = 0;
  let from = range.start;
  const write = async (to: number) => {
    if (batches.length > 0) {
      const name = `${key}/${range.partition}-${from}-${to}.batches`;
      files.push(await writeBatches(folder, name, { from, to }, batches));
    }
    onProgress(to - from);
    [batches, size, from] = [[], 0, to];
  };
  for await (const part of store.read(topics[key], range, signal)) {
    for (const { bytes, lastOffset } of part) {
      batches.push(Buffer.from(bytes));
      size += bytes.length;
      if (size >= FILE_BYTES) await write(lastOffset + 1);
    }
  }
  await write(range.end);
  return files;
}
