const FIRST = 500;
const LONGEST = 10_000;
/** A process that ran this long was well: its next end is a new misfortune, not the last one going on. */
const WELL = 30_000;

/** How often a process has ended in a row, and how long to wait before it is started again. */
export class Backoff {
  private failures = 0;

  /** @param ran how long the process ran, in milliseconds. Returns the pause in milliseconds. */
  next(ran: number): number {
    if (ran >= WELL) this.failures = 0;
    return Math.min(LONGEST, FIRST * 2 ** this.failures++);
  }
}
