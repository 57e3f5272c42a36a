export interface BackOff {
  /** The pause after the first attempt, in milliseconds. It doubles with each further one. */
  readonly first: number;
  /** The longest pause, in milliseconds. */
  readonly longest: number;
}

/**
 * How long to wait after an attempt that failed. Half of the pause is left to chance: what failed together is not to come
 * back together.
 * @param attempt 1 for the first
 * @param random from 0 up to, not including, 1
 * @returns milliseconds
 */
export function pauseAfter(attempt: number, { first, longest }: BackOff, random = Math.random()): number {
  const full = Math.min(longest, first * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
