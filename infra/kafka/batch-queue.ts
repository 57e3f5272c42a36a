import type { LogBatch } from '../event-log/log';

/** A hand-over from who fetches to who reads: `drain` yields what was put until `end`. */
export class BatchQueue {
  private readonly batches: LogBatch[] = [];
  private ended = false;
  private error: Error | undefined;
  private wake: (() => void) | undefined;

  /** How many batches have not been taken yet. */
  get size(): number {
    return this.batches.length;
  }

  put(batch: LogBatch): void {
    if (this.ended) return;
    this.batches.push(batch);
    this.wake?.();
  }

  /** What was put before is still yielded. @param error thrown to the reader then */
  end(error?: Error): void {
    if (!this.ended) this.error = error;
    this.ended = true;
    this.wake?.();
  }

  /** For one reader. */
  async *drain(): AsyncGenerator<LogBatch> {
    for (;;) {
      const batch = this.batches.shift();
      if (batch) yield batch;
      else if (this.error) throw this.error;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
