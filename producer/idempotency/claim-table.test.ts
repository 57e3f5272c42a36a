import * as fc from 'fast-check';
import { ClaimTable } from './claim-table';

/** The same in a few lines, with a map, which iterates in the order of insertion. */
class Model {
  readonly owners = new Map<string, Buffer>();
  constructor(private readonly capacity: number) {}

  apply(key: Buffer, request: Buffer): void {
    const text = key.toString('hex');
    if (this.owners.has(text)) return;
    if (this.owners.size === this.capacity) this.owners.delete(this.owners.keys().next().value!);
    this.owners.set(text, request);
  }

  isOwnedBy(key: Buffer, request: Buffer): boolean | undefined {
    return this.owners.get(key.toString('hex'))?.equals(request);
  }
}

/** Keys that often have the same place in the table, and often differ in one word only. */
const digest = (words: fc.Arbitrary<number>) =>
  fc.tuple(words, words, words, words).map((values) => {
    const bytes = Buffer.alloc(16);
    values.forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
    return bytes;
  });
const keys = digest(fc.constantFrom(0, 1, 2, 15, 16, 2 ** 32 - 1));
const requests = digest(fc.constantFrom(0, 2 ** 32 - 1));
const claims = fc.array(fc.record({ key: keys, request: requests }), { maxLength: 200 });

test('a table is a map that forgets its oldest keys and never changes the owner of a key', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), claims, keys, requests, (capacity, script, key, request) => {
      const [table, model] = [new ClaimTable(capacity), new Model(capacity)];
      for (const claim of script) {
        const isNew = model.isOwnedBy(claim.key, claim.request) === undefined;
        expect(table.isOwnedBy(claim.key, claim.request) === undefined).toBe(isNew);
        table.apply(claim.key, claim.request);
        model.apply(claim.key, claim.request);
      }
      for (const known of [...script, { key, request }]) {
        const owner = model.owners.get(known.key.toString('hex'));
        expect(table.isOwnedBy(known.key, request)).toBe(owner && owner.compare(request, 0, 8, 0, 8) === 0);
      }
      expect(table.size).toBe(model.owners.size);
      expect(table.hasEvicted).toBe(
        new Set(script.map((claim) => claim.key.toString('hex'))).size > capacity,
      );
    }),
    { numRuns: 500 },
  );
});

test('it grows as it fills, and keeps what it has', () => {
  const table = new ClaimTable(10_000);
  const numbered = (n: number) => {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32LE(Math.imul(n, 0x9e3779b1) >>> 0);
    bytes.writeUInt32LE(n, 4);
    return bytes;
  };
  for (let n = 0; n < 25_000; n++) table.apply(numbered(n), numbered(n));
  const kept = Array.from({ length: 25_000 }, (_, n) => table.isOwnedBy(numbered(n), numbered(n)));
  expect(kept.indexOf(true)).toBe(15_000);
  expect(kept.filter((owned) => owned)).toHaveLength(10_000);
  expect(kept.slice(0, 15_000).every((owned) => owned === undefined)).toBe(true);
});
