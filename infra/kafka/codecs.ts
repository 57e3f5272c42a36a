import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import type * as Fzstd from 'fzstd';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import type * as Lz4 from 'lz4js';
import type * as Snappy from 'snappyjs';

/** Loaded when the first such batch comes: they reserve megabytes in each thread, and most topics have no such batch. */
const load = createRequire(__filename);
const fzstd = () => load('fzstd') as typeof Fzstd;
const lz4 = () => load('lz4js') as typeof Lz4;
const snappyjs = () => load('snappyjs') as typeof Snappy;

/** What a snappy or lz4 batch may expand to: some times the most that Kafka takes in one. (fzstd has no such limit.) */
const MOST_BYTES = 64 * 1_048_576;
/** How the framing of snappy-java begins, which Kafka's own clients and librdkafka write; others write a bare block. */
const SNAPPY_JAVA = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** The framing's own head: what it begins with, and two versions. */
const SNAPPY_JAVA_HEAD = SNAPPY_JAVA.length + 8;

/** Blocks, each led by its length in four bytes. */
function unframeSnappy(bytes: Buffer): Buffer {
  const { uncompress } = snappyjs();
  const blocks: Uint8Array[] = [];
  let room = MOST_BYTES;
  for (let at = SNAPPY_JAVA_HEAD; at < bytes.length;) {
    const length = bytes.readInt32BE(at);
    const block = uncompress(bytes.subarray(at + 4, at + 4 + length), room);
    room -= block.length;
    blocks.push(block);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function snappy(bytes: Buffer): Uint8Array {
  const isFramed = bytes.subarray(0, SNAPPY_JAVA.length).equals(SNAPPY_JAVA);
  return isFramed ? unframeSnappy(bytes) : snappyjs().uncompress(bytes, MOST_BYTES);
}

const gzip = (bytes: Buffer): Uint8Array => gunzipSync(bytes, { maxOutputLength: MOST_BYTES });

/** Every codec, by its number in the attributes of a batch. */
const CODECS = new Map<number, (bytes: Buffer) => Uint8Array>([
  [CompressionTypes.GZIP, gzip],
  [CompressionTypes.Snappy, snappy],
  [CompressionTypes.LZ4, (bytes) => lz4().decompress(bytes, MOST_BYTES)],
  [CompressionTypes.ZSTD, (bytes) => fzstd().decompress(bytes)],
]);

/** The records of a compressed batch. @param codec its number @throws {Error} where it is unknown, or the bytes are not of it */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const uncompress = CODECS.get(codec);
  if (!uncompress) throw new Error(`codec ${codec} is unknown`);
  return toBuffer(uncompress(bytes));
}

/**
 * Teaches kafkajs to read batches in all of Kafka's codecs; by itself it knows gzip, and a single batch in another one, from any
 * client, would stop every consumer. What we write is not compressed (docs/decisions/0002-the-writer.md).
 */
export function registerCodecs(): void {
  for (const type of [CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD] as const) {
    CompressionCodecs[type] = () => ({
      compress: () => Promise.reject(new Error('only reading is supported')),
      decompress: (bytes: Buffer) => Promise.resolve(decompress(type, bytes)),
    });
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
