import { pauseAfter } from './replacement';

test('the pause between two tries grows from half a second to ten, and varies by half', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].map((failures) => Math.round(pauseAfter(failures, 1)));
  expect(longest).toEqual([500, 750, 1_125, 1_688, 2_531, 3_797, 5_695, 8_543, 10_000, 10_000]);
  expect(pauseAfter(100, 0)).toBe(5_000);
});
