import * as fc from 'fast-check';
import type Encoder from 'kafkajs/src/protocol/encoder';
import type { OutgoingRecord } from '../../event-log/log';
import { crc32c } from './crc32c';
import { encodeRecordBatch } from './record-batch';

/* eslint-disable @typescript-eslint/no-require-imports */
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(options: object): Promise<Encoder & { buffer: Buffer }>;
};
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

test('the checksum is that of the standard', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});
