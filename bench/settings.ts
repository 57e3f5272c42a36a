/** The durations, rounds and sizes of the measurements. */
export interface Settings {
  readonly rounds: number;
  /** Seconds of load in each round; `warmUp` before the first one. */
  readonly seconds: number;
  readonly warmUp: number;
  /** The number of events in the backlog that is projected. */
  readonly backlog: number;
  /** The number of exported events. */
  readonly exported: number;
  /** The numbers of events in the rebuilt histories. */
  readonly rebuilt: { readonly small: number; readonly middle: number; readonly large: number };
  /** The lengths of the queue of one book, and the number of events that are measured with each. */
  readonly hot: { readonly short: number; readonly long: number; readonly turnover: number };
  /** The number of records that wait behind a dead one. */
  readonly parked: number;
  readonly books: number;
  readonly connections: number;
  /** The number of followers of the live events. */
  readonly listeners: number;
}

export const FULL: Settings = {
  rounds: 4,
  seconds: 5,
  warmUp: 3,
  backlog: 600_000,
  exported: 1_000_000,
  rebuilt: { small: 500_000, middle: 1_000_000, large: 5_000_000 },
  hot: { short: 10, long: 100_000, turnover: 40_000 },
  parked: 1_000_000,
  books: 1_000,
  connections: 64,
  listeners: 1_000,
};

/** For checking that the benchmarks work; the figures are meaningless. */
export const QUICK: Settings = {
  rounds: 1,
  seconds: 1,
  warmUp: 1,
  backlog: 5_000,
  exported: 5_000,
  rebuilt: { small: 2_000, middle: 4_000, large: 8_000 },
  hot: { short: 10, long: 2_000, turnover: 2_000 },
  parked: 5_000,
  books: 100,
  connections: 16,
  listeners: 50,
};
