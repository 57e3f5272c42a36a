import { gzipSync } from 'node:zlib';
import { testServers, uniqueName } from '../../test/servers';
import { readAll } from '../event-log/conformance/harness';
import { createLogger } from '../logger';
import { Cluster } from './cluster';
import { KafkaLog } from './kafka-log';
import { crc32c } from './protocol/crc32c';
import { produceRequest } from './protocol/produce';
import { encodeRecordBatch } from './protocol/record-batch';
import { createTopics } from './topics';

const settings = { brokers: testServers().kafkaBrokers.split(','), clientId: 'test' };
const logger = createLogger('silent');
const HEAD_BYTES = 61;
const GZIP = 1;
const TIMEOUT_MS = 30_000;

/** A batch whose head says gzip, with a right checksum over whatever follows. */
function gzipBatch(content: Buffer): Buffer {
  const head = encodeRecordBatch([{ key: 'k', value: Buffer.alloc(0), headers: {} }], Date.now());
  const batch = Buffer.concat([head.subarray(0, HEAD_BYTES), content]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt16BE(GZIP, 21);
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return batch;
}

/** The records of one large value, uncompressed. */
function recordOf(bytes: number): Buffer {
  const batch = encodeRecordBatch([{ key: 'k', value: Buffer.alloc(bytes, 'x'), headers: {} }], 0);
  return batch.subarray(HEAD_BYTES);
}

describe('a batch of another client', () => {
  const cluster = new Cluster(settings, logger);
  const log = new KafkaLog(settings, logger);
  afterAll(async () => {
    cluster.close();
    await log.close();
  });

  /** @returns the error code of the answer */
  async function produce(topic: string, batch: Buffer): Promise<number | undefined> {
    await createTopics(settings, logger, [{ topic, partitions: 1, settings: {} }]);
    const { leaders, brokers } = await cluster.metadataOf(topic, TIMEOUT_MS);
    const link = cluster.linkTo(brokers.get(leaders.get(0)!)!);
    await link.ready(TIMEOUT_MS);
    const answers = await link.send(produceRequest(topic, [{ partition: 0, batch }], TIMEOUT_MS), TIMEOUT_MS);
    return answers[0]?.errorCode;
  }

  test.each([
    ['is no gzip', Buffer.from('this is no gzip')],
    ['is cut off', gzipSync(recordOf(10_000)).subarray(0, 40)],
    ['holds no records', gzipSync(Buffer.alloc(100, 0xff))],
  ])('whose content %s does not get past the broker', async (_, content) => {
    const topic = uniqueName('codecs');
    expect(await produce(topic, gzipBatch(content))).not.toBe(0);
    expect(await readAll(log, topic)).toEqual([]);
  });

  test('that expands beyond all bounds does, and ends the read with its place', async () => {
    const topic = uniqueName('codecs');
    expect(await produce(topic, gzipBatch(gzipSync(recordOf(100_000_000))))).toBe(0);
    await expect(readAll(log, topic)).rejects.toThrow('the records at offset 0 cannot be decompressed');
  });
});
