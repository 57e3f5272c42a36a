const FIRST_MS = 500;
const LONGEST_MS = 10_000;
/** A process that ran this long counts as healthy: its next end starts a new series of failures. */
const HEALTHY_MS = 30_000;

/** Exponential backoff between the restarts of a process. */
export class Backoff {
  private failures = 0;

  /**
   * The pause before the next restart, in milliseconds.
   * @param ran how long the process ran, in milliseconds
   */
  next(ran: number): number {
    if (ran >= HEALTHY_MS) this.failures = 0;
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** this.failures++);
  }
}
