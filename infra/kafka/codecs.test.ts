import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { compress as compressLz4 } from 'lz4js';
import { compress as compressSnappy } from 'snappyjs';
import { compress, decompress, registerCodecs, WRITTEN_CODEC } from './codecs';

const MB = 1_048_576;
const { GZIP, Snappy, LZ4, ZSTD } = CompressionTypes;
type Codec = Exclude<CompressionTypes, CompressionTypes.None>;

test('what is compressed comes back as it was', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.tuple(fc.nat(255), fc.nat(70_000)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.nat(3), (parts, repeats) => {
      const bytes = Buffer.concat(Array.from({ length: repeats + 1 }, () => parts).flat());
      expect(decompress(WRITTEN_CODEC, compress(bytes)).equals(bytes)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("a snappy batch of Kafka's own clients is framed", () => {
  const blocks = ['the first block', 'the second one'].map((text) => compressSnappy(Buffer.from(text)));
  const lengths = blocks.map(({ length }) => Buffer.from([0, 0, 0, length]));
  const head = Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1');
  const framed = Buffer.concat([head, ...blocks.flatMap((block, i) => [lengths[i]!, block])]);
  expect(String(decompress(Snappy, framed))).toBe('the first blockthe second one');
});

/** A frame of blocks that repeat one byte: four bytes for 128 kB. */
function zstdOf(megabytes: number): Buffer {
  const BLOCK = 131_072;
  const blocks = (megabytes * MB) / BLOCK;
  const bytes = Buffer.alloc(6 + 4 * blocks, 'x');
  bytes.writeUInt32LE(0xfd2fb528, 0);
  bytes.writeUInt8(0, 4); // a window, no size, no checksum
  bytes.writeUInt8(7 << 3, 5); // 128 kB
  for (let i = 0; i < blocks; i += 1)
    bytes.writeUIntLE((BLOCK << 3) | (1 << 1) | Number(i === blocks - 1), 6 + 4 * i, 3);
  return bytes;
}

const plain = (megabytes: number) => Buffer.alloc(megabytes * MB, 'x');

describe.each<[string, Codec, (megabytes: number) => Buffer]>([
  ['gzip', GZIP, (megabytes: number) => gzipSync(plain(megabytes))],
  ['snappy', Snappy, (megabytes: number) => compressSnappy(plain(megabytes))],
  ['lz4', LZ4, (megabytes: number) => Buffer.from(compressLz4(plain(megabytes)))],
  ['zstd', ZSTD, zstdOf],
])('%s', (_, codec, compressed) => {
  const large = compressed(80);

  test('a batch may expand far beyond what Kafka takes in one', () => {
    expect(decompress(codec, compressed(20)).equals(plain(20))).toBe(true);
  });

  test('one that expands beyond all bounds is refused, not unpacked', () => {
    expect(large.length).toBeLessThan(8 * MB);
    expect(() => decompress(codec, large)).toThrow(/larger than|too big|expands to more than/);
  });

  test('kafkajs is bounded as well', async () => {
    registerCodecs();
    const { decompress: byKafkajs } = CompressionCodecs[codec]() as {
      decompress(bytes: Buffer): Promise<Buffer>;
    };
    await expect(byKafkajs(large)).rejects.toThrow();
    expect((await byKafkajs(compressed(1))).equals(plain(1))).toBe(true);
  });

  test('bytes that are not of the codec are an error', () => {
    expect(() => decompress(codec, Buffer.from('rubbish that is long enough for any header'))).toThrow();
  });
});

test('a small lz4 batch does not cost the room of the largest', () => {
  const small = Buffer.from(compressLz4(Buffer.from('a record')));
  const before = process.memoryUsage().arrayBuffers;
  decompress(LZ4, small);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MB);
});
