/**
 * CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected), which guards Kafka's record batches. Eight bytes at a time ("slicing by
 * eight"): every byte that is read or written goes through here.
 */
const POLYNOMIAL = 0x82f63b78;
const BY_EIGHT = 8;

/** Table 0 is that of single bytes; table n that of a byte with n zero bytes behind it. One after the other, 256 numbers each. */
const TABLES = tables();

function tables(): Int32Array {
  const all = new Int32Array(BY_EIGHT * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at += 1) {
    const before = all[at - 256]!;
    all[at] = (before >>> 8) ^ all[before & 0xff]!;
  }
  return all;
}

/** The checksum of the bytes from `start` up to, not including, `end`, as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1;
  let at = start;
  for (; at + BY_EIGHT <= end; at += BY_EIGHT) {
    crc =
      TABLES[0x700 + ((crc ^ bytes[at]!) & 0xff)]! ^
      TABLES[0x600 + (((crc >>> 8) ^ bytes[at + 1]!) & 0xff)]! ^
      TABLES[0x500 + (((crc >>> 16) ^ bytes[at + 2]!) & 0xff)]! ^
      TABLES[0x400 + ((crc >>> 24) ^ bytes[at + 3]!)]! ^
      TABLES[0x300 + bytes[at + 4]!]! ^
      TABLES[0x200 + bytes[at + 5]!]! ^
      TABLES[0x100 + bytes[at + 6]!]! ^
      TABLES[bytes[at + 7]!]!;
  }
  for (; at < end; at += 1) crc = TABLES[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
