import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type Encoder from 'kafkajs/src/protocol/encoder';
import { headerOf } from '../../event-log/log';
import { crc32c } from './crc32c';
import type { AbortedTransaction } from './fetch';
import { readBatches } from './read-batches';
import { encodeRecordBatch } from './record-batch';

const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeByKafkajs = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<{ records: { key: Buffer | null; value: Buffer | null; headers: object; offset: string }[] }>;
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(options: object): Promise<Encoder & { buffer: Buffer }>;
};

const TIME = 1_700_000_000_000;

interface BatchOptions {
  readonly offset: number;
  /** Changes what stands in the batch, before it gets its checksum. */
  readonly change?: ((bytes: Buffer) => void) | undefined;
}

/** A batch as the log keeps it. */
function batchAt(values: readonly string[], { offset, change }: BatchOptions): Buffer {
  const records = values.map((value) => ({ key: 'k', value: Buffer.from(value), headers: {} }));
  return sealed(encodeRecordBatch(records, TIME), { offset, change });
}

function sealed(bytes: Buffer, { offset, change }: BatchOptions): Buffer {
  bytes.writeBigInt64BE(BigInt(offset), 0);
  change?.(bytes);
  bytes.writeUInt32BE(crc32c(bytes, 21), 17);
  return bytes;
}

const inTransaction =
  (producer: number, attributes = 0x10) =>
  (bytes: Buffer) => {
    bytes.writeInt16BE(attributes, 21);
    bytes.writeBigInt64BE(BigInt(producer), 43);
  };
const mark = (offset: number, producer: number) =>
  batchAt(['mark'], { offset, change: inTransaction(producer, 0x30) });

function read(batches: readonly Buffer[], from = 0, aborted: readonly AbortedTransaction[] = []) {
  const bytes = Buffer.concat(batches);
  return readBatches({ partition: 3, errorCode: 0, highWatermark: 99, aborted, bytes }, from);
}

function valuesOf(batches: readonly Buffer[], from = 0, aborted: readonly AbortedTransaction[] = []) {
  const { records, nextOffset } = read(batches, from, aborted);
  return [...records.map(({ offset, value }) => `${offset} ${String(value)}`), nextOffset];
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const nullable = fc.oneof(fc.constant(null), bytes);
/** kafkajs mixes up names that objects inherit. */
const headerName = fc.string({ minLength: 1, maxLength: 20 }).filter((name) => !(name in {}));
const record = fc.record({
  key: nullable,
  value: nullable,
  headers: fc.dictionary(headerName, bytes, { maxKeys: 8 }),
  timestampDelta: fc.integer({ min: -8.64e12, max: 8.64e12 }),
});

test('a batch is read as kafkajs writes and reads it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 90 }), async (records) => {
      const encoded = records.map((each, offsetDelta) => Record({ ...each, offsetDelta }));
      const { buffer } = await RecordBatch({
        records: encoded,
        firstTimestamp: TIME,
        lastOffsetDelta: records.length - 1,
      });
      const theirs = await decodeByKafkajs(new Decoder(buffer));
      const ours = read([buffer]);
      expect(ours.nextOffset).toBe(records.length);
      expect(ours.records.map(({ offset }) => String(offset))).toEqual(theirs.records.map((r) => r.offset));
      expect(ours.records.map(({ timestamp }) => timestamp)).toEqual(
        records.map(({ timestampDelta }) => TIME + timestampDelta),
      );
      for (const [i, each] of ours.records.entries()) {
        const names = [...Object.keys(records[i]!.headers), 'none', 'é'];
        const one = names.map((name) => headerOf(each, name));
        const { key, value, headers } = each;
        expect(one).toEqual(names.map((name) => (Object.hasOwn(headers, name) ? headers[name] : undefined)));
        // By then all were made.
        expect(names.map((name) => headerOf(each, name))).toEqual(one);
        const { key: theirKey, value: theirValue, headers: theirHeaders } = theirs.records[i]!;
        expect({ key, value, headers: { ...headers } }).toEqual({
          ...{ key: theirKey, value: theirValue, headers: { ...theirHeaders } },
        });
      }
    }),
    { numRuns: 200 },
  );
});

test('headers may have any name, and come twice or without a value: the last value counts', async () => {
  const { buffer } = await RecordBatch({
    records: [
      Record({
        ...{ key: null, value: null },
        headers: { twice: ['1', '2'], constructor: 'c', ['__proto__']: 'p' },
      }),
    ],
    firstTimestamp: TIME,
  });
  const [record] = read([buffer]).records;
  expect(
    ['twice', 'constructor', '__proto__', 'toString'].map((name) => headerOf(record!, name)?.toString()),
  ).toEqual([...['2', 'c', 'p', undefined]]);
  const { headers } = record!;
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  expect(texts).toEqual([
    ['twice', '2'],
    ['constructor', 'c'],
    ['__proto__', 'p'],
  ]);
  expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
});

test('reading begins at the wanted record, and leaves a batch that was cut off for the next time', () => {
  const [first, second] = [batchAt(['a', 'b', 'c'], { offset: 4 }), batchAt(['d'], { offset: 7 })];
  expect(valuesOf([first, second.subarray(0, second.length - 1)], 5)).toEqual(['5 b', '6 c', 7]);
  expect(valuesOf([first, second.subarray(0, 30)], 5)).toEqual(['5 b', '6 c', 7]);
  expect(valuesOf([first.subarray(0, 40)], 5)).toEqual([5]);
  expect(valuesOf([], 5)).toEqual([5]);
});

test('where compaction has left holes, reading goes on behind the last offset of the batch', () => {
  const change = (content: Buffer) => void content.writeInt32BE(9, 23);
  expect(valuesOf([batchAt(['a'], { offset: 0, change })])).toEqual(['0 a', 10]);
});

test("the broker's time counts where the topic says so", () => {
  const change = (content: Buffer) => {
    content.writeInt16BE(0x08, 21);
    content.writeBigInt64BE(BigInt(TIME + 7), 35);
  };
  expect(read([batchAt(['a'], { offset: 0, change })]).records[0]?.timestamp).toBe(TIME + 7);
});

describe('transactions', () => {
  test('that were given up are left out up to their mark, and nothing else is', () => {
    const batches = [
      batchAt(['given up'], { offset: 0, change: inTransaction(1) }),
      batchAt(['plain'], { offset: 1 }),
      batchAt(['kept'], { offset: 2, change: inTransaction(2) }),
      mark(3, 1),
      batchAt(['again'], { offset: 4, change: inTransaction(1) }),
      mark(5, 2),
      mark(6, 1),
    ];
    const aborted = [{ producerId: 1n, firstOffset: 0 }];
    expect(valuesOf(batches, 0, aborted)).toEqual(['1 plain', '2 kept', '4 again', 7]);
  });

  test('of one producer can be given up one after the other, whatever order the broker names them in', () => {
    const batches = [
      batchAt(['a'], { offset: 0, change: inTransaction(1) }),
      mark(1, 1),
      batchAt(['b'], { offset: 2, change: inTransaction(1) }),
      mark(3, 1),
    ];
    const aborted = [
      { producerId: 1n, firstOffset: 2 },
      { producerId: 1n, firstOffset: 0 },
    ];
    expect(valuesOf(batches, 0, aborted)).toEqual([4]);
  });

  test('that were given up before the offset count as well', () => {
    const batches = [batchAt(['a', 'b'], { offset: 4, change: inTransaction(1) }), mark(6, 1)];
    expect(valuesOf(batches, 5, [{ producerId: 1n, firstOffset: 2 }])).toEqual([7]);
  });
});

describe('codecs', () => {
  test('a compressed batch is read', () => {
    const plain = batchAt(['a', 'b'], { offset: 0 });
    const compressed = Buffer.concat([plain.subarray(0, 61), gzipSync(plain.subarray(61))]);
    compressed.writeInt32BE(compressed.length - 12, 8);
    const change = (content: Buffer) => void content.writeInt16BE(1, 21);
    expect(valuesOf([sealed(compressed, { offset: 8, change })])).toEqual(['8 a', '9 b', 10]);
  });

  test('one whose records cannot be unpacked is named by its place', () => {
    const change = (content: Buffer) => void content.writeInt16BE(1, 21);
    expect(() => read([batchAt(['a'], { offset: 8, change })])).toThrow(
      'the records at offset 8 cannot be decompressed: incorrect header check',
    );
  });

  test('one that nobody knows is named', () => {
    const change = (content: Buffer) => void content.writeInt16BE(6, 21);
    expect(() => read([batchAt(['a'], { offset: 8, change })])).toThrow('codec 6 is unknown');
  });
});

describe('what is no batch ends the read with its place', () => {
  test('a bit that flipped', () => {
    const batch = batchAt(['a'], { offset: 8 });
    batch[batch.length - 3]! ^= 1;
    expect(() => read([batch])).toThrow('the records at offset 8 are damaged');
  });

  test('an old format', () => {
    const change = (content: Buffer) => void content.writeInt8(1, 16);
    expect(() => read([batchAt(['a'], { offset: 8, change })])).toThrow('offset 8 have format 1');
  });

  test.each([
    ['more records than there are', 57, 3],
    ['a record that is longer than the batch', 61, 0x7a],
  ])('%s', (_, at, value) => {
    const change = (content: Buffer) =>
      void (at === 57 ? content.writeInt32BE(value, at) : content.writeUInt8(value, at));
    const batch = batchAt(['a', 'b'], { offset: 8, change });
    expect(() => read([batch])).toThrow(RangeError);
  });
});
