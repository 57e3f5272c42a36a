/** A unit as Grafana names it. */
type Unit = 's' | 'short' | 'ops' | 'bytes' | 'percentunit';

interface Query {
  readonly expr: string;
  /** How a series is named: `{{consumer}}`. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What to read from it. */
  readonly about: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** One number beside the others instead of lines. */
  readonly isFigure?: boolean;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** What is drawn, and the name of its series. */
export const q = (expr: string, legend = ''): Query => ({ expr, legend });
/** A counter's rate, summed by labels. */
export const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`;
/** A quantile of a histogram. */
export const quantile = (share: number, histogram: string, by?: string) =>
  `histogram_quantile(${share}, ${rate(`${histogram}_bucket`, by === undefined ? 'le' : `le, ${by}`)})`;
/** Median, p95 and p99 of a histogram, over all processes. */
export const quantiles = (histogram: string) =>
  [0.5, 0.95, 0.99].map((share) => q(quantile(share, histogram), `p${share * 100}`));
