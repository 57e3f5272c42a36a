import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { compress as compressLz4 } from 'lz4js';
import { compress as compressSnappy } from 'snappyjs';

/** The codecs that foreign writers use, with gzip, which kafkajs has by itself. */
const COMPRESSORS = {
  [CompressionTypes.Snappy]: (bytes: Buffer) => compressSnappy(bytes),
  [CompressionTypes.LZ4]: lz4,
  [CompressionTypes.ZSTD]: storedZstd,
} as const;

const WRITTEN = [CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD] as const;

export const FOREIGN_CODECS = [CompressionTypes.GZIP, ...WRITTEN] as const;

/** Teaches kafkajs' producers to write what our clients only read. After the first client was made (see `registerCodecs`). */
export function registerCompressors(): void {
  for (const type of WRITTEN) {
    const { decompress } = CompressionCodecs[type]() as { decompress: unknown };
    CompressionCodecs[type] = () => ({
      compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(COMPRESSORS[type](buffer)),
      decompress,
    });
  }
}

/** Kafka wants blocks that are declared independent. The library does not declare it, but has one block where the bytes are few. */
function lz4(bytes: Buffer): Buffer {
  const frame = Buffer.from(compressLz4(bytes));
  // Flags, block size, and their checksum.
  Buffer.from([0x60, 0x70, 0x73]).copy(frame, 4);
  return frame;
}

/** The most that fits a block. */
const BLOCK_BYTES = 131_072;

/** A frame of blocks that are stored as they are: before Node 22.15 nothing here can compress it. */
function storedZstd(bytes: Buffer): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3]); // window of 128 kB, no size, no checksum
  const parts: Buffer[] = [head];
  for (let at = 0; at === 0 || at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    const blockHead = Buffer.alloc(3);
    blockHead.writeUIntLE((block.length << 3) | Number(at + BLOCK_BYTES >= bytes.length), 0, 3);
    parts.push(blockHead, block);
  }
  return Buffer.concat(parts);
}
