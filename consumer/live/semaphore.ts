/** Lets a few at a time do something dear; the others wait in line. */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The turn goes to the next in line without ever being free: nobody can push in.
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
