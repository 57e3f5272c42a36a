import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import type Encoder from 'kafkajs/src/protocol/encoder';
import type { OutgoingRecord } from '../../event-log/log';
import { registerCodecs } from '../codecs';
import { crc32c } from './crc32c';
import { readBatches } from './read-batches';
import { encodeCompressedBatch, encodeRecordBatch } from './record-batch';

const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(options: object): Promise<Encoder & { buffer: Buffer }>;
};
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeByKafkajs = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<object>;
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder;

/** What the library makes of the same records. */
async function byKafkajs(records: readonly OutgoingRecord[], timestamp: number): Promise<Buffer> {
  const encoded = records.map((record, i) =>
    Record({ ...record, key: Buffer.from(record.key), offsetDelta: i, timestampDelta: 0 }),
  );
  const batch = await RecordBatch({
    records: encoded,
    firstTimestamp: timestamp,
    maxTimestamp: timestamp,
    lastOffsetDelta: records.length - 1,
  });
  return batch.buffer;
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const record = fc.record({
  key: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.toWellFormed()),
    bytes,
  ),
  value: fc.oneof(
    bytes,
    fc.constantFrom(63, 64, 8_191, 8_192, 20_000).map((length) => Buffer.alloc(length, 7)),
  ),
  headers: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 70 }).map((text) => text.toWellFormed()),
      bytes,
    ),
    { maxKeys: 8 },
  ),
});

test('a batch is byte for byte what kafkajs makes of the same records', async () => {
  const batches = fc.array(record, { minLength: 1, maxLength: 90 });
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 0, max: 8.64e15 }), async (records, timestamp) => {
      expect(encodeRecordBatch(records, timestamp).equals(await byKafkajs(records, timestamp))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

describe('a compressed batch', () => {
  const ATTRIBUTES = 21;
  const SNAPPY = 2;

  function read(bytes: Buffer) {
    return readBatches({ partition: 0, errorCode: 0, highWatermark: 99, aborted: [], bytes }, 0);
  }

  test('is read as the same records, by kafkajs and by us, and is never larger than uncompressed', async () => {
    registerCodecs();
    // Real ones repeat each other, and some are longer than the 64 kB that snappy compresses at a time.
    const batches = fc.tuple(
      fc.array(record, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 0, max: 8.64e15 }), async ([some, times], timestamp) => {
        const records = Array.from({ length: times }, () => some).flat();
        const [plain, compressed] = [encodeRecordBatch, encodeCompressedBatch].map((encode) =>
          encode(records, timestamp),
        ) as [Buffer, Buffer];
        expect(compressed.length).toBeLessThanOrEqual(plain.length);
        expect(isDeepStrictEqual(read(compressed), read(plain))).toBe(true);
        const [ours, theirs] = [compressed, plain].map((bytes) => decodeByKafkajs(new Decoder(bytes)));
        expect(isDeepStrictEqual(await ours, await theirs)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('differs from the uncompressed one in codec, length, checksum and records alone', () => {
    const records = Array.from({ length: 4 }, (_, i) => event(`book-${i}`));
    const [plain, compressed] = [encodeRecordBatch(records, 1), encodeCompressedBatch(records, 1)];
    expect(compressed.readInt16BE(ATTRIBUTES)).toBe(SNAPPY);
    expect(compressed.readInt32BE(8)).toBe(compressed.length - 12);
    expect(compressed.length).toBeLessThan(0.8 * plain.length);
    for (const [from, to] of [
      [0, 8],
      [12, 17],
      [23, 61],
    ] as const)
      // oxfmt-ignore
      expect(compressed.subarray(from, to)).toEqual(plain.subarray(from, to));
  });

  test.each([
    ['a single event', [event('book')]],
    ['what does not become smaller', [{ key: 'k', value: randomBytes(800_000), headers: {} }]],
  ])('%s stays uncompressed', (_, records) => {
    expect(encodeCompressedBatch(records, 1).equals(encodeRecordBatch(records, 1))).toBe(true);
  });
});

/** Of the size and shape of a real one. */
function event(bookId: string): OutgoingRecord {
  const headers = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_type: 'library.BookReserved',
    ce_source: '/library/api',
    ce_time: new Date(0).toISOString(),
    ce_subject: bookId,
    'content-type': 'application/avro',
  };
  return { key: bookId, value: randomBytes(100), headers };
}

test('the checksum is that of the standard', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});
