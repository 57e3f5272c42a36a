import { pauseAfter } from './failed-attempt';

const backOff = { first: 1_000, longest: 60_000 };

test('the pause doubles with each attempt, up to the longest', () => {
  const pauses = [1, 2, 3, 4, 7, 1_000].map((attempt) => pauseAfter(attempt, backOff, 1));
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 60_000, 60_000]);
});

test('half of the pause is random', () => {
  expect([0, 0.5].map((random) => pauseAfter(3, backOff, random))).toEqual([2_000, 3_000]);
});
