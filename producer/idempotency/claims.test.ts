import * as fc from 'fast-check';
import { claim, instance, newLog, recordsIn, stopAll } from './testing';

afterEach(stopAll);

test('the first request owns the key; repeats of it may use it, others may not', async () => {
  const claims = instance(newLog());
  expect(await claim(claims, 'k', 'reserve moby-dick')).toBe(true);
  expect(await claim(claims, 'k', 'reserve moby-dick')).toBe(true);
  expect(await claim(claims, 'k', 'reserve walden')).toBe(false);
  expect(await claim(claims, 'other', 'reserve walden')).toBe(true);
});

test('a key in memory costs no further write', async () => {
  const log = newLog();
  const claims = instance(log);
  for (const meaning of ['a', 'a', 'b']) await claim(claims, 'k', meaning);
  expect(await recordsIn(log)).toBe(1);
});

test('other instances see the claim too', async () => {
  const log = newLog();
  const [one, other] = [instance(log), instance(log)];
  expect(await claim(one, 'k', 'a')).toBe(true);
  expect(await claim(other, 'k', 'b')).toBe(false);
  expect(await claim(other, 'k', 'a')).toBe(true);
});

test('an instance that is started later sees it too', async () => {
  const log = newLog();
  await claim(instance(log), 'k', 'a');
  expect(await claim(instance(log), 'k', 'b')).toBe(false);
});

test('of concurrent claims of a key, on any instance, one request gets it', async () => {
  const attempt = fc.record({
    at: fc.nat({ max: 2 }),
    key: fc.constantFrom('k1', 'k2'),
    meaning: fc.constantFrom('a', 'b', 'c'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 20 }), async (attempts) => {
      const log = newLog();
      const instances = [instance(log), instance(log), instance(log)];
      const granted = await Promise.all(
        attempts.map(({ at, key, meaning }) => claim(instances[at]!, key, meaning)),
      );
      for (const key of new Set(attempts.map((attempt) => attempt.key))) {
        const results = attempts.map((attempt, index) => ({ ...attempt, granted: granted[index] }));
        const ofKey = results.filter((result) => result.key === key);
        const owners = new Set(ofKey.filter((result) => result.granted).map(({ meaning }) => meaning));
        expect(owners.size).toBe(1);
        expect(ofKey.every((result) => result.granted === owners.has(result.meaning))).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('ready means that every earlier claim has been read; the record that verifies this is no claim', async () => {
  const log = newLog();
  await claim(instance(log), 'k', 'a');
  const later = instance(log);
  expect(await later.ready(5_000)).toBe(true);
  const before = await recordsIn(log);
  expect(await claim(later, 'k', 'b')).toBe(false);
  expect(await recordsIn(log)).toBe(before);
});
