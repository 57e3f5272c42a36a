import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import vectors from './golden/murmur2-vectors.json';
import { murmur2, partitionOf } from './murmur2';

describe('the partition of a key', () => {
  test.each(vectors)(
    "is the one that Kafka's Java client chooses for $key",
    ({ key, murmur2: hash, partitionOf12 }) => {
      expect(murmur2(Buffer.from(key))).toBe(hash);
      expect(partitionOf(Buffer.from(key), 12)).toBe(partitionOf12);
    },
  );

  test('is compared for lengths with every remainder modulo four', () => {
    const remainders = vectors.map(({ key }) => Buffer.byteLength(key) % 4);
    expect(new Set(remainders)).toEqual(new Set([0, 1, 2, 3]));
  });

  test('is the one that kafkajs chooses, for any key and number of partitions', () => {
    const partitioner = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 1, max: 500 }), (bytes, count) => {
        const key = Buffer.from(bytes);
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 0,
        }));
        const chosen = partitioner({
          topic: 't',
          message: { key, value: null },
          partitionMetadata: partitionMetadata as Parameters<typeof partitioner>[0]['partitionMetadata'],
        });
        expect(partitionOf(key, count)).toBe(chosen);
      }),
      { numRuns: 500 },
    );
  });
});
