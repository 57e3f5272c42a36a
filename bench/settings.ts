/** How long and how often things are measured. */
export interface Settings {
  readonly rounds: number;
  /** Seconds of load in each round, and before the first. */
  readonly seconds: number;
  readonly warmUp: number;
  /** Events that wait to be projected. */
  readonly backlog: number;
  /** Events that are exported. */
  readonly exported: number;
  /** Events of the histories that are rebuilt. */
  readonly rebuilt: { readonly small: number; readonly middle: number; readonly large: number };
  readonly books: number;
  readonly connections: number;
  /** Who follow the live events. */
  readonly listeners: number;
}

export const FULL: Settings = {
  rounds: 4,
  seconds: 5,
  warmUp: 3,
  backlog: 200_000,
  exported: 1_000_000,
  rebuilt: { small: 500_000, middle: 1_000_000, large: 5_000_000 },
  books: 1_000,
  connections: 64,
  listeners: 1_000,
};

/** Shows that it all works; the figures are worth nothing. */
export const QUICK: Settings = {
  rounds: 1,
  seconds: 1,
  warmUp: 1,
  backlog: 5_000,
  exported: 5_000,
  rebuilt: { small: 2_000, middle: 4_000, large: 8_000 },
  books: 100,
  connections: 16,
  listeners: 50,
};
