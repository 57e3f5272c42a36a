import { orderOf, quantile, ratios, spreadOf } from './statistics';

describe('the statistics of the benchmarks', () => {
  test('take the middle value, or the mean of the middle two', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ min: 1, median: 3, max: 5 });
    expect(spreadOf([4, 1, 2, 9])).toEqual({ min: 1, median: 3, max: 9 });
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  test('compare within a round', () => {
    expect(ratios([1, 9], [2, 3])).toEqual([0.5, 3]);
  });

  test('turn the order round in every other round', () => {
    expect([0, 1, 2].map((round) => orderOf(['a', 'b'], round).join(''))).toEqual(['ab', 'ba', 'ab']);
  });

  test('take quantiles from the values themselves', () => {
    expect([0, 0.5, 0.99].map((share) => quantile([3, 1, 2], share))).toEqual([1, 2, 3]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
