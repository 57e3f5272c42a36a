import { coverageOf, fits, mergeable, planReading, type Segment } from './segments';

const segment = (rows: number, ...ranges: [partition: number, start: number, end: number][]): Segment => ({
  ...{ file: `${rows}.duckdb`, rows, skipped: 0 },
  ranges: ranges.map(([partition, start, end]) => ({ partition, start, end })),
});
const bounds = (...ranges: [start: number, end: number][]) =>
  ranges.map(([start, end], partition) => ({ partition, start, end }));

const CACHED = [segment(30, [0, 0, 10], [1, 0, 20]), segment(5, [0, 10, 15])];

describe('the segments of a cache', () => {
  test('cover each partition from the first to the last', () => {
    expect([...coverageOf(CACHED).values()]).toEqual(bounds([0, 15], [0, 20]));
  });

  test('do not fit a topic that is shorter than they are', () => {
    expect(fits(CACHED, bounds([0, 15], [0, 20]))).toBe(true);
    expect(fits(CACHED, bounds([0, 14], [0, 20]))).toBe(false);
    expect(fits(CACHED, bounds([0, 15]))).toBe(false);
  });

  test('nothing is read twice, and what a query wants next is kept', () => {
    const log = bounds([0, 40], [0, 20]);
    expect(planReading(CACHED, log, log)).toEqual({
      missing: [{ partition: 0, start: 15, end: 40 }],
      continues: true,
    });
    expect(planReading(CACHED, log, bounds([3, 12], [0, 20]))).toEqual({ missing: [], continues: true });
  });

  test('what would leave a gap is read for the query alone', () => {
    const log = bounds([0, 40], [0, 20]);
    expect(planReading(CACHED, log, bounds([30, 40], [0, 20]))).toEqual({
      missing: [{ partition: 0, start: 30, end: 40 }],
      continues: false,
    });
    expect(planReading([], log, bounds([35, 40], [20, 20])).continues).toBe(false);
    expect(planReading([], bounds([5, 9]), bounds([5, 9])).continues).toBe(true);
  });

  test('small ones become one where many have gathered; large ones stay', () => {
    const small = Array.from({ length: 6 }, () => segment(1_000));
    expect(mergeable(small.slice(1))).toEqual([]);
    expect(mergeable([segment(1_000_000), ...small])).toEqual(small);
  });
});
