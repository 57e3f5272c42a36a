/**
 * The pause of a loop that polls for work: it ends after its time, or at once when `wake` announces work.
 *
 * A wake-up during a poll is not lost: the next pause ends at once. One from before `listen` needs no further poll: the
 * poll after `listen` finds that work.
 */
export class Wakeable {
  private woken = false;
  private endPause: (() => void) | undefined;

  /** Ends the current pause, or else the next one. Never waits. */
  wake(): void {
    this.woken = true;
    this.endPause?.();
  }

  /** To be called before each poll: later wake-ups announce new work. */
  listen(): void {
    this.woken = false;
  }

  /** Resolves after so many milliseconds, or as soon as there has been a wake-up since `listen`. */
  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.woken) return resolve();
      const timer = setTimeout(() => this.endPause?.(), milliseconds);
      this.endPause = () => {
        clearTimeout(timer);
        this.endPause = undefined;
        resolve();
      };
    });
  }
}
