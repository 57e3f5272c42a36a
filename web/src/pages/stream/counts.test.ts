import { Counts, SECONDS } from './counts';

test('counts each type in each whole second, once', () => {
  const counts = new Counts(['a', 'b']);
  counts.add('a', '1', 10_000);
  counts.add('a', '1', 10_100);
  counts.add('a', '2', 10_999);
  counts.add('b', '3', 11_000);
  const [seconds, a, b] = counts.columns(12_500);
  expect([seconds!.length, seconds!.at(-1)]).toEqual([SECONDS, 11]);
  expect([a!.slice(-3), b!.slice(-3)]).toEqual([
    [0, 2, 0],
    [0, 0, 1],
  ]);
});

test('forgets what is older than the chart', () => {
  const counts = new Counts(['a']);
  counts.add('a', '1', 0);
  expect(counts.columns(SECONDS * 1_000)[1]![0]).toBe(1);
  expect(counts.columns((SECONDS + 1) * 1_000)[1]).not.toContain(1);
});
