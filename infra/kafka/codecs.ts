import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import type * as Fzstd from 'fzstd';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import type * as Lz4 from 'lz4js';
import type * as Snappy from 'snappyjs';
import { once } from './once';

type Codec = Exclude<CompressionTypes, CompressionTypes.None>;

/** Loaded when the first such batch comes: they reserve megabytes in each thread, and most topics have no such batch. */
const load = createRequire(__filename);
const fzstd = () => load('fzstd') as typeof Fzstd;
const lz4 = () => load('lz4js') as typeof Lz4;
const snappyjs = () => load('snappyjs') as typeof Snappy;

/**
 * What a batch may expand to: many times the most that Kafka takes in one. Kafka itself has no such limit: a megabyte of gzip or
 * zstd can become gigabytes, and the broker, which looks at one record at a time, lets it pass.
 */
const MOST_BYTES = 64 * 1_048_576;
/** How the framing of snappy-java begins, which Kafka's own clients write; librdkafka and others write a bare block. */
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

function unsnappy(bytes: Buffer): Uint8Array {
  const isFramed = bytes.subarray(0, SNAPPY_JAVA.length).equals(SNAPPY_JAVA);
  return isFramed ? unframeSnappy(bytes) : snappyjs().uncompress(bytes, MOST_BYTES);
}

const gunzip = (bytes: Buffer): Uint8Array => gunzipSync(bytes, { maxOutputLength: MOST_BYTES });

/** What comes of a byte of lz4 at most. */
const LZ4_EXPANSION = 255;

/** The library makes room for the most that may come of it, each time: 64 MB would be far too much for a usual batch. */
function unlz4(bytes: Buffer): Uint8Array {
  const { decompress: uncompress, decompressBound } = lz4();
  const most = Math.min(MOST_BYTES, decompressBound(bytes), LZ4_EXPANSION * bytes.length);
  const content = uncompress(bytes, most);
  // It is silent about what there was no room for.
  if (content.length === MOST_BYTES) throw tooLarge();
  return content;
}

/** By the streaming interface: the other one makes room for whatever comes. */
function unzstd(bytes: Buffer): Uint8Array {
  const chunks: Uint8Array[] = [];
  let room = MOST_BYTES;
  const { Decompress } = fzstd();
  const stream = new Decompress((chunk) => {
    room -= chunk.length;
    if (room < 0) throw tooLarge();
    chunks.push(chunk);
  });
  stream.push(bytes, true);
  return Buffer.concat(chunks);
}

const tooLarge = () => new Error(`it expands to more than ${MOST_BYTES} bytes`);

/** Every codec, by its number in the attributes of a batch. */
const CODECS: ReadonlyMap<Codec, (bytes: Buffer) => Uint8Array> = new Map([
  [CompressionTypes.GZIP, gunzip],
  [CompressionTypes.Snappy, unsnappy],
  [CompressionTypes.LZ4, unlz4],
  [CompressionTypes.ZSTD, unzstd],
]);

/**
 * The records of a compressed batch.
 * @param codec its number
 * @throws {Error} where it is unknown, the bytes are not of it, or they expand to more than 64 MB
 */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const uncompress = CODECS.get(codec as Codec);
  if (!uncompress) throw new Error(`codec ${codec} is unknown`);
  return toBuffer(uncompress(bytes));
}

/** The codec of what we write: docs/decisions/0019-compression.md has the figures. */
export const WRITTEN_CODEC = CompressionTypes.Snappy;

/** Records compressed with `WRITTEN_CODEC`, as one bare block: librdkafka writes them so, and every client reads them. */
export function compress(records: Buffer): Buffer {
  return toBuffer(snappyjs().compress(records));
}

/**
 * Teaches kafkajs to read batches in all of Kafka's codecs, within bounds. By itself it knows gzip, without any bound, and a single
 * batch in another codec, from any client, would stop every consumer.
 */
export const registerCodecs = once(() => {
  const gzip = CompressionCodecs[CompressionTypes.GZIP]() as { compress: unknown };
  const unable = () => Promise.reject(new Error('only reading is supported'));
  for (const type of CODECS.keys()) {
    CompressionCodecs[type] = () => ({
      compress: type === CompressionTypes.GZIP ? gzip.compress : unable,
      decompress: (bytes: Buffer) => new Promise((resolve) => resolve(decompress(type, bytes))),
    });
  }
});

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
