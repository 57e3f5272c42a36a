import type { OutgoingRecord } from '../../event-log/log';
import { crc32c } from './crc32c';
import { sizeOfVarint, writeVarint } from './varint';

/** Up to the records: offset, length, leader epoch, magic, checksum, attributes, deltas, times, producer, count. */
const HEAD_BYTES = 61;
/** Where the checksum stands, and where what it covers begins. */
const CRC_AT = 17;
const CHECKED_FROM = 21;
const MAGIC = 2;

/** The sizes of a record's parts, so that the batch is written into one buffer of exactly the right size. */
interface Measured {
  readonly record: OutgoingRecord;
  readonly key: number;
  readonly headers: readonly Header[];
  /** Without the varint that says it. */
  readonly body: number;
}

interface Header {
  readonly name: string;
  readonly nameBytes: number;
  readonly value: string | Buffer;
  readonly valueBytes: number;
}

/**
 * Records as a batch of Kafka's format 2, uncompressed, for a producer that is not idempotent: byte for byte what kafkajs makes
 * of them. All records get the same timestamp.
 * @param timestamp milliseconds since the epoch
 */
export function encodeRecordBatch(records: readonly OutgoingRecord[], timestamp: number): Buffer {
  let size = HEAD_BYTES;
  const measured = records.map((record, i) => {
    const each = measure(record, i);
    size += sizeOfVarint(each.body) + each.body;
    return each;
  });
  const bytes = Buffer.allocUnsafe(size);
  writeHead(bytes, records.length, timestamp);
  let at = HEAD_BYTES;
  for (let i = 0; i < measured.length; i += 1) at = writeRecord(bytes, at, measured[i]!, i);
  bytes.writeUInt32BE(crc32c(bytes, CHECKED_FROM), CRC_AT);
  return bytes;
}

function measure(record: OutgoingRecord, offsetDelta: number): Measured {
  const key = Buffer.byteLength(record.key);
  const headers: Header[] = [];
  // Attributes and the difference to the batch's timestamp, which is zero, take a byte each.
  let body = 2 + sizeOfVarint(offsetDelta) + sized(key) + sized(record.value.length);
  for (const name in record.headers) {
    const value = record.headers[name]!;
    const nameBytes = Buffer.byteLength(name);
    const valueBytes = Buffer.byteLength(value);
    body += sized(nameBytes) + sized(valueBytes);
    headers.push({ name, nameBytes, value, valueBytes });
  }
  body += sizeOfVarint(headers.length);
  return { record, key, headers, body };
}

const sized = (length: number): number => sizeOfVarint(length) + length;

function writeHead(bytes: Buffer, count: number, timestamp: number): void {
  bytes.writeBigInt64BE(0n, 0); // base offset: the broker's to say
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(0, 12); // leader epoch: the broker's to say
  bytes.writeInt8(MAGIC, 16);
  bytes.writeInt16BE(0, 21); // attributes: no compression, no transaction
  bytes.writeInt32BE(count - 1, 23);
  bytes.writeBigInt64BE(BigInt(timestamp), 27);
  bytes.writeBigInt64BE(BigInt(timestamp), 35);
  bytes.writeBigInt64BE(-1n, 43); // producer ID: none
  bytes.writeInt16BE(0, 51);
  bytes.writeInt32BE(0, 53);
  bytes.writeInt32BE(count, 57);
}

function writeRecord(
  bytes: Buffer,
  start: number,
  { record, key, headers, body }: Measured,
  offsetDelta: number,
): number {
  let at = writeVarint(bytes, start, body);
  bytes[at++] = 0; // attributes
  bytes[at++] = 0; // timestamp delta
  at = writeVarint(bytes, at, offsetDelta);
  at = writeBytes(bytes, at, record.key, key);
  at = writeBytes(bytes, at, record.value, record.value.length);
  at = writeVarint(bytes, at, headers.length);
  for (const { name, nameBytes, value, valueBytes } of headers) {
    at = writeBytes(bytes, at, name, nameBytes);
    at = writeBytes(bytes, at, value, valueBytes);
  }
  return at;
}

function writeBytes(bytes: Buffer, start: number, value: string | Buffer, length: number): number {
  const at = writeVarint(bytes, start, length);
  if (typeof value === 'string') bytes.write(value, at);
  else value.copy(bytes, at);
  return at + length;
}
