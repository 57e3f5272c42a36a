import fc from 'fast-check';
import { HEADER_BYTES } from './wire';

/** A number as Avro writes it, with more bytes than any may have, or one that stands for a huge length. */
const NUMBERS = [
  Buffer.alloc(11, 0xff),
  Buffer.alloc(400, 0x80),
  Buffer.from('feffffffffffffffff01', 'hex'),
  Buffer.from('ffffffffffffffffff01', 'hex'),
  Buffer.from('808080808020', 'hex'),
  Buffer.from('01', 'hex'),
];

/**
 * What a foreign or broken producer may make of a valid value: another magic byte or schema ID, cut, lengthened, with bytes changed, or
 * with numbers and lengths in it that are too long, huge or negative.
 */
export const damage: fc.Arbitrary<(value: Buffer) => Buffer> = fc.oneof(
  fc.nat(255).map((magic) => (value: Buffer) => Buffer.concat([Buffer.of(magic), value.subarray(1)])),
  fc
    .uint8Array({ minLength: 4, maxLength: 4 })
    .map((id) => (value: Buffer) => Buffer.concat([value.subarray(0, 1), id, value.subarray(HEADER_BYTES)])),
  fc.nat(300).map((length) => (value: Buffer) => value.subarray(0, length % (value.length + 1))),
  fc
    .uint8Array({ minLength: 1, maxLength: 64 })
    .map((more) => (value: Buffer) => Buffer.concat([value, more])),
  fc
    .tuple(fc.nat(300), fc.constantFrom(...NUMBERS), fc.boolean())
    .map(([at, number, isInserted]) => (value: Buffer) => {
      const where = HEADER_BYTES + (at % Math.max(1, value.length - HEADER_BYTES));
      return Buffer.concat([value.subarray(0, where), number, value.subarray(where + (isInserted ? 0 : 1))]);
    }),
  fc.tuple(fc.nat(300), fc.nat(7)).map(([at, bit]) => (value: Buffer) => {
    const copy = Buffer.from(value);
    if (copy.length > 0) copy[at % copy.length]! ^= 1 << bit;
    return copy;
  }),
);
