/** A sample of a quantity. */
export interface Point {
  /** In seconds. */
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  /** The medians of the first and the last third of the second half. */
  readonly from: number;
  readonly to: number;
  /** The slope of the second half, for an hour. */
  readonly perHour: number;
  readonly isGrowing: boolean;
}

/** What grows by less of its own size within half a run is flat. */
const LEAST_PART = 0.05;
/** A growth is told from noise where it is so many times the usual distance from the line. */
const NOISE = 2;
/** Pairs of points are compared: more points than this are thinned out. */
const MOST_POINTS = 300;

/**
 * Whether a quantity grows, by its second half alone: in the first one caches and heaps fill. The slope is the median of those
 * between all pairs of points (Theil and Sen), which outliers do not bend; what is emptied now and then rises between times, and so
 * the last third has to be above the first one as well.
 * @param least what grows by less than this within the half is flat, in the quantity's own unit
 */
export function trendOf(points: readonly Point[], least: number): Trend {
  const half = secondHalf(points);
  if (half.length < 2) return { from: NaN, to: NaN, perHour: NaN, isGrowing: false };
  const slope = median(slopes(thinned(half)));
  const third = Math.ceil(half.length / 3);
  const from = median(half.slice(0, third).map(({ value }) => value));
  const to = median(half.slice(-third).map(({ value }) => value));
  const growth = Math.min(slope * (half.at(-1)!.at - half[0]!.at), 1.5 * (to - from));
  const level = median(half.map(({ value }) => value));
  const offsets = half.map(({ at, value }) => value - slope * at);
  const line = median(offsets);
  const noise = median(offsets.map((offset) => Math.abs(offset - line)));
  return {
    from,
    to,
    perHour: slope * 3_600,
    isGrowing: growth > Math.max(least, LEAST_PART * Math.abs(level), NOISE * noise),
  };
}

function secondHalf(points: readonly Point[]): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)];
  return first && last ? points.filter(({ at }) => at >= (first.at + last.at) / 2) : [];
}

function thinned(points: readonly Point[]): readonly Point[] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % step === 0);
}

function slopes(points: readonly Point[]): number[] {
  return points.flatMap((from, i) =>
    points.slice(i + 1).map((to) => (to.value - from.value) / (to.at - from.at)),
  );
}

/** @throws {RangeError} of no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
