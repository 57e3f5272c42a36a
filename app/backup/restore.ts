import type { BatchStore } from '../../infra/kafka/batch-store';
import {
  storedBatches,
  readBatches as recordsIn,
  type StoredBatch,
} from '../../infra/kafka/protocol/read-batches';
import type { KafkaLog } from '../../infra/kafka/kafka-log';
import type { OutgoingRecord } from '../../infra/event-log/log';
import type { Topics } from '../../schemas/topics';
import { ETERNAL, KEYS, LATEST_OF_EACH_KEY, type TopicKey } from './contents';
import { readBatches, type Manifest } from './manifest';

/** How many records of a compacted topic are appended at a time. */
const APPENDED = 100;

export interface RestoreOptions {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly topics: Topics;
  readonly log: Pick<KafkaLog, 'bounds' | 'createAppender'>;
  readonly store: Pick<BatchStore, 'append' | 'pad'>;
  readonly signal: AbortSignal;
  onStart(offsets: number): void;
  onProgress(offsets: number): void;
}

/**
 * Reads every file of a backup.
 * @throws {Error} naming one that is missing or damaged
 */
export async function checkFiles(folder: string, { topics }: Manifest): Promise<void> {
  for (const { partitions } of Object.values(topics))
    for (const { files } of partitions) for (const file of files) await readBatches(folder, file);
}

/**
 * Fills empty topics from a backup. In those that are never compacted each record is at the offset that it had.
 * @throws {Error} when a topic is not empty; nothing is written then
 * @throws {Error} when a record could not be written, or may have been: delete the topics then, and begin again
 */
export async function restoreTopics(options: RestoreOptions): Promise<void> {
  const { manifest, topics, log } = options;
  for (const key of KEYS) {
    const used = (await log.bounds(topics[key])).find(({ end }) => end > 0);
    if (used)
      throw new Error(
        `${topics[key]} is not empty: a backup is restored to new topics only, or positions would change. Delete it first, if nothing in it is needed`,
      );
  }
  const ends = KEYS.flatMap((key) => manifest.topics[key].partitions.map(({ end }) => end));
  options.onStart(ends.reduce((sum, end) => sum + end, 0));
  for (const key of KEYS) {
    const { partitions } = manifest.topics[key];
    const restore = LATEST_OF_EACH_KEY.has(key) ? restoreLatest : restorePartition;
    await Promise.all(partitions.map((_, partition) => restore(key, partition, options)));
  }
}

/** Everything, at its old offset where the topic is eternal; elsewhere one after the other. */
async function restorePartition(key: TopicKey, partition: number, options: RestoreOptions): Promise<void> {
  const { manifest, topics, store, onProgress } = options;
  const { end } = manifest.topics[key].partitions[partition]!;
  let next = 0;
  for await (const batch of batchesOf(key, partition, options)) {
    const length = batch.lastOffset - batch.baseOffset + 1;
    const placed = ETERNAL.has(key) ? batch : { ...batch, baseOffset: next, lastOffset: next + length - 1 };
    const before = next;
    next = await store.append(topics[key], partition, placed, next);
    onProgress(next - before);
  }
  if (!ETERNAL.has(key)) return;
  await store.pad(topics[key], partition, next, end);
  onProgress(end - next);
}

/** The last record of each key. */
async function restoreLatest(key: TopicKey, partition: number, options: RestoreOptions): Promise<void> {
  const latest = new Map<string, OutgoingRecord>();
  for await (const batch of batchesOf(key, partition, options)) {
    const fetched = { ...{ partition, errorCode: 0, highWatermark: 0, aborted: [] }, bytes: batch.bytes };
    for (const { key: name, value, headers } of recordsIn(fetched, batch.baseOffset).records) {
      const text = name?.toString('latin1') ?? '';
      latest.delete(text);
      if (name && value) latest.set(text, { key: name, value, headers });
    }
  }
  const records = [...latest.values()];
  const appender = options.log.createAppender();
  try {
    for (let at = 0; at < records.length; at += APPENDED) {
      const positions = await appender.append(options.topics[key], records.slice(at, at + APPENDED));
      if (positions.includes(undefined))
        throw new Error(`Kafka did not acknowledge all of ${options.topics[key]}`);
    }
  } finally {
    await appender.close();
  }
  options.onProgress(options.manifest.topics[key].partitions[partition]!.end);
}

async function* batchesOf(
  key: TopicKey,
  partition: number,
  { folder, manifest, signal }: RestoreOptions,
): AsyncGenerator<StoredBatch> {
  for (const file of manifest.topics[key].partitions[partition]!.files) {
    signal.throwIfAborted();
    yield* storedBatches({ aborted: [], bytes: await readBatches(folder, file) }, 0).batches;
  }
}
