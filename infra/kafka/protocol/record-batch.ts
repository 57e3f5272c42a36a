import type { OutgoingRecord } from '../../event-log/log';
import { compress, WRITTEN_CODEC } from '../codecs';
import { BatchLayout as At, CHECKED_FROM, HEAD_BYTES, MAGIC, PREFIX_BYTES } from './batch-layout';
import { crc32c } from './crc32c';
import { sizeOfVarint, writeVarint } from './varint';

/** A batch of one event is smaller, and there would be little to gain; one of two is larger. */
const COMPRESSED_FROM_BYTES = 512;

/**
 * Records as a batch of Kafka's format 2, uncompressed, for a producer that is not idempotent: byte for byte what kafkajs makes
 * of them. All records get the same timestamp.
 * @param timestamp milliseconds since the epoch
 */
export function encodeRecordBatch(records: readonly OutgoingRecord[], timestamp: number): Buffer {
  return sealed(Buffer.from(layOut(records, timestamp)));
}

/**
 * The same, compressed where that makes it smaller (docs/decisions/0019-compression.md): never larger than uncompressed.
 * @param timestamp milliseconds since the epoch
 */
export function encodeCompressedBatch(records: readonly OutgoingRecord[], timestamp: number): Buffer {
  const plain = layOut(records, timestamp);
  if (plain.length < COMPRESSED_FROM_BYTES) return sealed(Buffer.from(plain));
  const content = compress(plain.subarray(HEAD_BYTES));
  const size = HEAD_BYTES + content.length;
  if (size >= plain.length) return sealed(Buffer.from(plain));
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

/** As `encodeRecordBatch`, without the checksum, and only until the next one is laid out: its bytes are used again. */
function layOut(records: readonly OutgoingRecord[], timestamp: number): Buffer {
  writer.begin();
  for (let i = 0; i < records.length; i += 1) writer.record(records[i]!, i);
  const bytes = writer.end();
  writeHead(bytes, records.length, timestamp);
  return bytes;
}

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

/** Room that is kept for the next batch: Kafka takes a megabyte at once by default. */
const KEPT_BYTES = 1_048_576;
/** A varint of 32 bits takes at most so many bytes. */
const MOST_OF_VARINT = 5;
/** A character takes at most so many bytes in UTF-8, for each unit of its length. */
const MOST_OF_CHARACTER = 3;
/** The length of almost every record takes so many bytes. */
const USUAL_LENGTH = 2;
/** A text up to this length is sooner gone through than handed to Node, and its length takes one byte. Most are, and are ASCII. */
const SHORT = 63;

/** Writes the records of one batch after the other, each in one pass: what a text takes is known when it is written. */
class RecordWriter {
  private bytes = Buffer.allocUnsafeSlow(65_536);
  private at = 0;

  begin(): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(KEPT_BYTES);
    this.at = HEAD_BYTES;
  }

  /** @returns the room for the head, and the records */
  end(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  record({ key, value, headers }: OutgoingRecord, offsetDelta: number): void {
    this.reserve(USUAL_LENGTH + 2 + 2 * MOST_OF_VARINT);
    const start = this.at;
    this.at += USUAL_LENGTH;
    this.bytes[this.at++] = 0; // attributes
    this.bytes[this.at++] = 0; // timestamp delta
    this.varint(offsetDelta);
    this.sized(key);
    this.sized(value);
    const names = Object.keys(headers);
    this.reserve(MOST_OF_VARINT);
    this.varint(names.length);
    for (const name of names) {
      this.sized(name);
      this.sized(headers[name]!);
    }
    this.setLength(start);
  }

  /** Writes the length of the record that begins there; what follows moves where it takes another room than is usual. */
  private setLength(start: number): void {
    const length = this.at - start - USUAL_LENGTH;
    const size = sizeOfVarint(length);
    if (size !== USUAL_LENGTH) {
      this.reserve(MOST_OF_VARINT);
      this.bytes.copyWithin(start + size, start + USUAL_LENGTH, this.at);
      this.at += size - USUAL_LENGTH;
    }
    writeVarint(this.bytes, start, length);
  }

  private varint(value: number): void {
    this.at = writeVarint(this.bytes, this.at, value);
  }

  private sized(value: string | Buffer): void {
    if (typeof value === 'string') return this.text(value);
    this.reserve(MOST_OF_VARINT + value.length);
    this.varint(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  private text(value: string): void {
    const { length } = value;
    this.reserve(MOST_OF_VARINT + MOST_OF_CHARACTER * length);
    if (length <= SHORT && this.ascii(value)) return;
    this.varint(Buffer.byteLength(value));
    this.at += this.bytes.write(value, this.at);
  }

  /** @returns whether the text is ASCII; else nothing was written */
  private ascii(value: string): boolean {
    const { bytes } = this;
    const { length } = value;
    let at = this.at;
    bytes[at++] = 2 * length; // as a varint
    for (let i = 0; i < length; i += 1) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return false;
      bytes[at++] = code;
    }
    this.at = at;
    return true;
  }

  private reserve(room: number): void {
    if (this.at + room <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.at + room));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

const writer = new RecordWriter();
