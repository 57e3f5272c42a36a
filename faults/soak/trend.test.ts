import { Random } from '../random';
import { trendOf } from './trend';

const MINUTES = 30;

/** A sample every 5 s; `value` is given the time in seconds, and the time as a part of all. */
const series = (value: (at: number, part: number) => number) =>
  Array.from({ length: MINUTES * 12 }, (_, i) => {
    const at = 5 * i;
    return { at, value: value(at, i / (MINUTES * 12)) };
  });
const noise = (random: Random, width: number) => random.between(-width, width);

describe.each([1, 2, 3])('seed %d', (seed) => {
  const random = new Random(seed);

  test('memory with noise, collections and a heap that fills in the first half is flat', () => {
    const points = series((at, part) => 90 + 40 * Math.min(1, 2.2 * part) + (at % 60) / 6 + noise(random, 5));
    expect(trendOf(points, 4).isGrowing).toBe(false);
  });

  test('a leak of a megabyte a minute grows, under the same noise', () => {
    const { isGrowing, perHour } = trendOf(
      series((at) => 120 + at / 60 + (at % 60) / 6 + noise(random, 5)),
      4,
    );
    expect(isGrowing).toBe(true);
    expect(perHour).toBeGreaterThan(45);
    expect(perHour).toBeLessThan(75);
  });

  test('a few spikes, also late ones, are no growth', () => {
    const points = series((_, part) => 100 + noise(random, 2) + (part > 0.8 && random.chance(0.3) ? 200 : 0));
    expect(trendOf(points, 4).isGrowing).toBe(false);
  });
});

test('a handle that is lost every two minutes is growth; some that come and go are not', () => {
  expect(
    trendOf(
      series((at) => 40 + Math.floor(at / 120)),
      3,
    ).isGrowing,
  ).toBe(true);
  expect(
    trendOf(
      series((at) => 40 + ((at / 5) % 7)),
      3,
    ).isGrowing,
  ).toBe(false);
});

test('a queue that is emptied is flat, whatever its peaks; one that fills up is growing', () => {
  expect(
    trendOf(
      series((at) => (at % 300) * 10),
      500,
    ).isGrowing,
  ).toBe(false);
  expect(
    trendOf(
      series((at) => at * 2),
      500,
    ).isGrowing,
  ).toBe(true);
});

test('what shrinks, or stays at nothing, is flat', () => {
  expect(
    trendOf(
      series((at) => 5_000 - at),
      10,
    ).isGrowing,
  ).toBe(false);
  expect(
    trendOf(
      series(() => 0),
      10,
    ),
  ).toMatchObject({ isGrowing: false, from: 0, to: 0, perHour: 0 });
});

test('without samples nothing is said', () => {
  expect(trendOf([], 1)).toMatchObject({ isGrowing: false, to: NaN });
});
