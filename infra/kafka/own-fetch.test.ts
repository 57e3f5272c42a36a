import * as fc from 'fast-check';
import { readFetchesByOurselves } from './own-fetch';
import { toLogBatch } from './records';
import { crc32c } from './protocol/crc32c';
import { encodeRecordBatch } from './protocol/record-batch';
import { writeString } from './protocol/request';

interface Response {
  decode(bytes: Buffer): Promise<{ responses: { topicName: string; partitions: PartitionData[] }[] }>;
}
interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
}
type KafkaBatch = Parameters<typeof toLogBatch>[0];
const response = require('kafkajs/src/protocol/requests/fetch/v11/response') as Response;
const Batch = require('kafkajs/src/consumer/batch') as new (
  topic: string,
  fetchedOffset: string,
  data: PartitionData,
) => KafkaBatch & { isEmptyDueToFiltering(): boolean };

const theirs = response.decode;
let ours: Response['decode'];

beforeAll(() => {
  readFetchesByOurselves();
  ours = response.decode;
});

interface Written {
  readonly values: readonly string[];
  /** Of one producer: written in a transaction, a mark that ends one, or neither. */
  readonly kind: 'plain' | 'in transaction' | 'given up' | 'committed';
}

/** Batches from an offset on, as the log keeps them, and the transactions that were given up. */
function logOf(written: readonly Written[], start: number) {
  let offset = start;
  let open: number | undefined;
  const aborted: number[] = [];
  const batches = written.map(({ values, kind }) => {
    const isMark = kind === 'given up' || kind === 'committed';
    const records = (isMark ? ['mark'] : values).map((value) => ({
      // The type of a mark: 0 gives the transaction up.
      key: isMark ? Buffer.from([0, 0, 0, kind === 'given up' ? 0 : 1]) : 'k',
      value: Buffer.from(value),
      headers: { ce_type: value, other: 'x' },
    }));
    const bytes = encodeRecordBatch(records, 1_700_000_000_000);
    bytes.writeBigInt64BE(BigInt(offset), 0);
    if (kind !== 'plain') {
      bytes.writeInt16BE(isMark ? 0x30 : 0x10, 21);
      bytes.writeBigInt64BE(7n, 43);
    }
    if (kind === 'in transaction') open ??= offset;
    if (kind === 'given up' && open !== undefined) aborted.push(open);
    if (isMark) open = undefined;
    bytes.writeUInt32BE(crc32c(bytes, 21), 17);
    offset += records.length;
    return bytes;
  });
  // How many records the first batch has.
  const first = batches[0]!.readInt32BE(57);
  return { bytes: Buffer.concat(batches), aborted, end: offset, first };
}

function responseOf({ bytes, aborted, end }: ReturnType<typeof logOf>): Buffer {
  const result = Buffer.alloc(200 + aborted.length * 16 + bytes.length);
  let at = result.writeInt32BE(0, 0); // throttle time
  at = result.writeInt16BE(0, at);
  at = result.writeInt32BE(0, at);
  at = result.writeInt32BE(1, at);
  at = writeString(result, at, 't');
  at = result.writeInt32BE(1, at);
  at = result.writeInt32BE(3, at); // partition
  at = result.writeInt16BE(0, at);
  for (const offset of [end, end, 0]) at = result.writeBigInt64BE(BigInt(offset), at);
  at = result.writeInt32BE(aborted.length, at);
  for (const first of aborted) {
    at = result.writeBigInt64BE(7n, at);
    at = result.writeBigInt64BE(BigInt(first), at);
  }
  at = result.writeInt32BE(-1, at);
  at = result.writeInt32BE(bytes.length, at);
  return result.subarray(0, at + bytes.copy(result, at));
}

/** What the subscription sees of a response. */
async function seen(decode: Response['decode'], bytes: Buffer, fetchedOffset: number) {
  const [topic] = (await decode(bytes)).responses;
  const batch = new Batch('t', String(fetchedOffset), topic!.partitions[0]!);
  const { records, ...rest } = toLogBatch(batch);
  const messages = batch.messages.map(({ offset, key, value, timestamp, headers }) => [
    ...[Number(offset), String(key), String(value), timestamp],
    ...Object.entries(headers ?? {}).map(([name, text]) => `${name} ${String(text)}`),
  ]);
  return {
    ...rest,
    messages,
    first: Number(batch.firstOffset()),
    isEmpty: batch.isEmpty(),
    records: records.map(({ partition, offset, timestamp, key, value, headers }) => ({
      ...{ partition, offset, timestamp, key: String(key), value: String(value) },
      headers: Object.entries(headers).map(([name, text]) => `${name} ${String(text)}`),
    })),
  };
}

const written = fc.record({
  values: fc.array(fc.string({ minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 5 }),
  kind: fc.constantFrom(
    'plain' as const,
    'plain' as const,
    'in transaction' as const,
    'given up' as const,
    'committed' as const,
  ),
});

test('a subscription sees what it would see if kafkajs read the records, whatever was given up or cut off', async () => {
  const property = fc.asyncProperty(
    fc.array(written, { minLength: 1, maxLength: 8 }),
    fc.nat(3),
    fc.nat(40),
    async (batches, within, cut) => {
      const log = logOf(batches, 100);
      // A broker begins with the batch in which the offset is. kafkajs overlooks a mark that stands before it.
      const skipped = Math.min(within, log.first - 1);
      const bytes = log.bytes.subarray(0, Math.max(61, log.bytes.length - cut));
      const fetched = responseOf({ ...log, bytes });
      const [mine, its] = [
        await seen(ours, fetched, 100 + skipped),
        await seen(theirs, fetched, 100 + skipped),
      ];
      expect([mine.records, mine.messages]).toEqual([its.records, its.messages]);
      expect([mine.isEmpty, mine.nextOffset, mine.endOffset]).toEqual([
        its.isEmpty,
        its.nextOffset,
        its.endOffset,
      ]);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test('records in a format from before Kafka 0.11 are read by kafkajs', async () => {
  const log = logOf([{ values: ['a'], kind: 'plain' }], 0);
  log.bytes[16] = 1;
  const [mine, its] = [
    await ours(responseOf(log)).catch((e: Error) => e.message),
    await theirs(responseOf(log)).catch((e: Error) => e.message),
  ];
  expect(mine).toEqual(its);
});
