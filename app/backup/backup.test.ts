import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { partitionCounts, topicNames } from '../../schemas/topics';
import { backup } from './backup';
import { readManifest, writeBatches, type Manifest } from './manifest';
import { checkFiles, restoreTopics } from './restore';

const topics = topicNames('lib');
const NOTHING = {
  onStart: () => undefined,
  onProgress: () => undefined,
  signal: new AbortController().signal,
};
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'backup-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function emptyLog(): MemoryLog {
  const log = new MemoryLog();
  for (const [topic, partitions] of Object.entries(partitionCounts(topics)))
    log.createTopic(topic, partitions);
  return log;
}

/** The topics of the log begin at the offset. */
function backedUp(log: MemoryLog, start = 0): Promise<{ manifest: Manifest; added: number }> {
  const store = { read: () => (async function* () {})() };
  const bounds = async (topic: string) =>
    (await log.bounds(topic)).map((each) => ({ ...each, start, end: Math.max(each.end, start) }));
  const part = { identity: () => log.identity(), topicId: (topic: string) => log.topicId(topic), bounds };
  return backup({ folder, prefix: 'lib', topics, log: part, store, ...NOTHING });
}

test('a topic that has lost its beginning is not backed up, nor one that ends before the backup does', async () => {
  await expect(backedUp(emptyLog(), 5)).rejects.toThrow(
    'lib.outcomes partition 0 holds 5 to 5, and is needed from 0 on',
  );
  expect(await readManifest(folder)).toBeUndefined();
});

test('what is not empty is not restored over', async () => {
  const log = emptyLog();
  const { manifest } = await backedUp(log);
  await log.createAppender().append(topics.forgotten, [{ key: 'a', value: Buffer.from('b'), headers: {} }]);
  const store = { append: () => Promise.reject(new Error('no')), pad: () => Promise.reject(new Error('no')) };
  await expect(restoreTopics({ folder, manifest, topics, log, store, ...NOTHING })).rejects.toThrow(
    'lib.forgotten is not empty',
  );
});

test('a file that is missing is named', async () => {
  const { manifest } = await backedUp(emptyLog());
  const file = await writeBatches(folder, 'schemas/0-0-1.batches', { from: 0, to: 1 }, [Buffer.from('x')]);
  manifest.topics.schemas.partitions[0]!.files.push(file);
  await expect(checkFiles(folder, manifest)).resolves.toBeUndefined();
  rmSync(path.join(folder, file.name));
  await expect(checkFiles(folder, manifest)).rejects.toThrow('schemas/0-0-1.batches');
});
