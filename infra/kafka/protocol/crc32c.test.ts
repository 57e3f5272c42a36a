import * as fc from 'fast-check';
import { crc32c } from './crc32c';

/** Bit by bit, as the polynomial defines it. */
function byDefinition(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test('is the checksum of RFC 3720', () => {
  expect(crc32c(Buffer.alloc(32)).toString(16)).toBe('8a9136aa');
  expect(crc32c(Buffer.alloc(32, 0xff)).toString(16)).toBe('62a8ab43');
  expect(crc32c(Buffer.from('123456789')).toString(16)).toBe('e3069283');
});

test('of any part of any bytes is what the polynomial says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), fc.nat(100), (bytes, from, to) => {
      const [start, end] = [Math.min(from, bytes.length), Math.min(to, bytes.length)];
      expect(crc32c(bytes, start, end)).toBe(byDefinition(bytes.subarray(start, Math.max(start, end))));
    }),
  );
});
