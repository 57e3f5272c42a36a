import fc from 'fast-check';
import { IdTable } from './id-table';

/** UUIDs that differ in few bits, and owners that are few: what a table may take for each other. */
const uuid = fc
  .tuple(fc.constantFrom('01980f3c', 'ffffffff', '00000000'), fc.nat(3), fc.nat(40))
  .map(([first, middle, last]) => `${first}-7a2e-7c4${middle}-9f0a-${last.toString(16).padStart(12, '0')}`);
const ids = fc.array(fc.tuple(fc.nat(3), fc.oneof(uuid, fc.uuid())), { maxLength: 400 });

test('knows each ID of each owner once, and the place at which it came', () => {
  fc.assert(
    fc.property(ids, (added) => {
      const table = new IdTable();
      const places = new Map<string, number>();
      for (const [owner, id] of added) {
        const key = `${owner} ${id}`;
        expect(table.placeOf(owner, id)).toBe(places.get(key) ?? -1);
        expect(table.add(owner, id)).toBe(!places.has(key));
        if (!places.has(key)) places.set(key, places.size);
      }
      for (const [owner, id] of added) expect(table.placeOf(owner, id)).toBe(places.get(`${owner} ${id}`));
    }),
  );
});

test('still knows all of them after it has grown', () => {
  const table = new IdTable();
  const idOf = (n: number) => `01980f3c-7a2e-7c41-9f0a-${n.toString(16).padStart(12, '0')}`;
  for (let n = 0; n < 5_000; n += 1) table.add(n % 7, idOf(n));
  for (let n = 0; n < 5_000; n += 1) expect(table.placeOf(n % 7, idOf(n))).toBe(n);
  expect(table.placeOf(7, idOf(0))).toBe(-1);
});
