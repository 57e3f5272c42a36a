export interface PollerOptions {
  /** One round: looks for work and does it. Resolves with whether there may be more to do at once. */
  readonly work: () => Promise<boolean>;
  /** The longest pause after a round that left nothing to do or failed, in milliseconds. */
  readonly interval: number;
  /** Is given the error of a round that failed, to log it. The next round tries again after the pause. */
  readonly onError: (error: unknown) => void;
}

/**
 * Polls for work in the background: one round at a time, without a pause while there is more to do. A wake-up ends the
 * pause.
 *
 * A wake-up during a round is not lost: what it announces may have come too late for that round, so the next one follows
 * at once. A wake-up before a round is covered by the round.
 */
export class Poller {
  private woken = false;
  private closing = false;
  private endPause: (() => void) | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly options: PollerOptions) {}

  /** To be called once. */
  start(): void {
    this.running = this.run();
  }

  /** Announces work: ends the pause under way, or prevents the one after the current round. Never waits. */
  wake(): void {
    this.woken = true;
    this.endPause?.();
  }

  /** Resolves when the round under way is over; none follows. */
  async close(): Promise<void> {
    this.closing = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      this.woken = false;
      if (!(await this.round())) await this.pause();
    }
  }

  private async round(): Promise<boolean> {
    try {
      return await this.options.work();
    } catch (error) {
      this.options.onError(error);
      return false;
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      if (this.woken) return resolve();
      const timer = setTimeout(() => this.endPause?.(), this.options.interval);
      this.endPause = () => {
        clearTimeout(timer);
        this.endPause = undefined;
        resolve();
      };
    });
  }
}
