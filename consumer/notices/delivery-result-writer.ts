import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../infra/logger';
import type { DeliveryResult } from './queue';

const RETRY_PAUSE_MS = 500;

/**
 * Stores results; those that arrive during one write are stored together by the next. Writes that fail are retried until
 * they succeed: a delivery that is not recorded would be made again.
 */
export class DeliveryResultWriter {
  private readonly closing = new AbortController();
  private waiting: { readonly result: DeliveryResult; readonly done: () => void }[] = [];
  private running = false;

  constructor(
    private readonly write: (results: readonly DeliveryResult[]) => Promise<void>,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the result is stored, or, after `close`, when the last attempt to store it has failed. */
  store(result: DeliveryResult): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ result, done });
      if (!this.running) void this.run();
    });
  }

  /** From now on each write has one attempt, and no pause before it. */
  close(): void {
    this.closing.abort();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      await this.writeUntilStored(batch.map(({ result }) => result));
      for (const { done } of batch) done();
    }
    this.running = false;
  }

  private async writeUntilStored(results: readonly DeliveryResult[]): Promise<void> {
    const { signal } = this.closing;
    for (;;) {
      try {
        return await this.write(results);
      } catch (error) {
        this.logger.warn(
          { err: error },
          'results of deliveries cannot be stored at the moment; trying again',
        );
        if (signal.aborted) return;
        await delay(RETRY_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
