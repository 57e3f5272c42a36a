/** Limits how many run expensive work at the same time; the others wait, first come, first served. */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  /** @param free how many may run at the same time */
  constructor(private free: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The permit passes to the next waiter directly, without becoming free: later callers cannot overtake it.
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
