import type { Logger } from '../../infra/logger';
import { Wakeable } from '../../infra/wakeable';
import type { DeliveryResult } from './queue';

const PAUSE_MS = 500;

/**
 * Writes down results, those that came in during one write together with the next. While that is not possible it goes on
 * trying: a delivery that is forgotten is a notice that comes twice.
 */
export class DeliveryResultWriter {
  private readonly retry = new Wakeable();
  private waiting: { readonly result: DeliveryResult; readonly done: () => void }[] = [];
  private running = false;
  private closed = false;

  constructor(
    private readonly write: (results: readonly DeliveryResult[]) => Promise<void>,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the result is stored, or after `close` also when it could not be. */
  settle(result: DeliveryResult): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ result, done });
      if (!this.running) void this.run();
    });
  }

  /** From now on nothing is tried twice. */
  close(): void {
    this.closed = true;
    this.retry.wake();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      await this.store(batch.map(({ result }) => result));
      for (const { done } of batch) done();
    }
    this.running = false;
  }

  private async store(results: readonly DeliveryResult[]): Promise<void> {
    for (;;) {
      try {
        return await this.write(results);
      } catch (error) {
        this.logger.warn({ err: error }, 'deliveries cannot be written down at the moment; trying again');
        if (this.closed) return;
        await this.retry.pause(PAUSE_MS);
      }
    }
  }
}
