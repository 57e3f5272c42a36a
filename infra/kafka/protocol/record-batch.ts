import type { OutgoingRecord } from '../../event-log/log';
import { compress, WRITTEN_CODEC } from '../codecs';
import { BatchLayout as At, CHECKED_FROM, HEAD_BYTES, MAGIC, PREFIX_BYTES } from './batch-layout';
import { crc32c } from './crc32c';
import { sizeOfVarint, writeVarint } from './varint';

/** A batch of one event is smaller, and there would be little to gain; one of two is larger. */
const COMPRESSED_FROM_BYTES = 512;

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
  return sealed(layOut(records, timestamp));
}

/**
 * The same, compressed where that makes it smaller (docs/decisions/0019-compression.md): never larger than uncompressed.
 * @param timestamp milliseconds since the epoch
 */
export function encodeCompressedBatch(records: readonly OutgoingRecord[], timestamp: number): Buffer {
  const plain = layOut(records, timestamp);
  if (plain.length < COMPRESSED_FROM_BYTES) return sealed(plain);
  const content = compress(plain.subarray(HEAD_BYTES));
  const size = HEAD_BYTES + content.length;
  if (size >= plain.length) return sealed(plain);
  const bytes = Buffer.allocUnsafe(size);
  plain.copy(bytes, 0, 0, HEAD_BYTES);
  content.copy(bytes, HEAD_BYTES);
  bytes.writeInt32BE(size - PREFIX_BYTES, At.length);
  bytes.writeInt16BE(WRITTEN_CODEC, At.attributes);
  return sealed(bytes);
}

function sealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes, CHECKED_FROM), At.checksum);
  return bytes;
}

/** As `encodeRecordBatch`, without the checksum. */
function layOut(records: readonly OutgoingRecord[], timestamp: number): Buffer {
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
  return bytes;
}

function measure(record: OutgoingRecord, offsetDelta: number): Measured {
  const key = sizeInBytes(record.key);
  const headers: Header[] = [];
  // Attributes and the difference to the batch's timestamp, which is zero, take a byte each.
  let body = 2 + sizeOfVarint(offsetDelta) + sized(key) + sized(record.value.length);
  for (const name in record.headers) {
    const value = record.headers[name]!;
    const nameBytes = sizeInBytes(name);
    const valueBytes = sizeInBytes(value);
    body += sized(nameBytes) + sized(valueBytes);
    headers.push({ name, nameBytes, value, valueBytes });
  }
  body += sizeOfVarint(headers.length);
  return { record, key, headers, body };
}

const sized = (length: number): number => sizeOfVarint(length) + length;

function writeHead(bytes: Buffer, count: number, timestamp: number): void {
  bytes.writeBigInt64BE(0n, At.baseOffset); // the broker's to say
  bytes.writeInt32BE(bytes.length - PREFIX_BYTES, At.length);
  bytes.writeInt32BE(0, At.leaderEpoch); // the broker's to say
  bytes.writeInt8(MAGIC, At.magic);
  bytes.writeInt16BE(0, At.attributes); // no compression, no transaction
  bytes.writeInt32BE(count - 1, At.lastOffsetDelta);
  bytes.writeBigInt64BE(BigInt(timestamp), At.firstTimestamp);
  bytes.writeBigInt64BE(BigInt(timestamp), At.maxTimestamp);
  bytes.writeBigInt64BE(-1n, At.producerId); // none
  bytes.writeInt16BE(0, At.producerEpoch);
  bytes.writeInt32BE(0, At.baseSequence);
  bytes.writeInt32BE(count, At.recordCount);
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
  if (typeof value !== 'string') value.copy(bytes, at);
  else if (value.length === length && length <= SHORT) writeAscii(bytes, at, value);
  else bytes.write(value, at);
  return at + length;
}

/** A text up to this length is sooner gone through than handed to Node. Most keys, names and values are short, and ASCII. */
const SHORT = 64;

function sizeInBytes(value: string | Buffer): number {
  if (typeof value !== 'string') return value.length;
  if (value.length > SHORT) return Buffer.byteLength(value);
  for (let i = 0; i < value.length; i += 1) if (value.charCodeAt(i) >= 0x80) return Buffer.byteLength(value);
  return value.length;
}

/** @param value of as many bytes as it has characters */
function writeAscii(bytes: Buffer, at: number, value: string): void {
  for (let i = 0; i < value.length; i += 1) bytes[at + i] = value.charCodeAt(i);
}
