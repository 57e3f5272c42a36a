const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * Kafka's murmur2, as `org.apache.kafka.common.utils.Utils.murmur2` computes it: 32 bits, signed.
 * The test compares it with values of the Java client.
 */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  let h = SEED ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    k = Math.imul(k, M);
    h = Math.imul(h, M) ^ k;
  }
  const left = length - i;
  if (left === 3) h ^= data[i + 2]! << 16;
  if (left >= 2) h ^= data[i + 1]! << 8;
  if (left >= 1) h = Math.imul(h ^ data[i]!, M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

/** The partition of a key, the same in every standard Kafka client. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}
