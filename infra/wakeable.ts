/**
 * The pause of a loop that looks for work: it ends when its time is over, or when somebody says that there is work.
 *
 * A wake-up that comes while the loop is looking is not lost: the next pause is none. One from before `listen` is what the
 * loop is about to find anyway.
 */
export class Wakeable {
  private woken = false;
  private endPause: (() => void) | undefined;

  /** Ends the pause, or the one to come. Never waits. */
  wake(): void {
    this.woken = true;
    this.endPause?.();
  }

  /** To be called before looking: from here on a wake-up means something new. */
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
