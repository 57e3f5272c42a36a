import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Position } from '../../infra/event-log/log';
import { storedPositions } from './checkpoint';

const POLL_INTERVAL_MS = 5;
const POLL_INTERVAL_AFTER_ERROR_MS = 200;

interface Waiter {
  readonly position: Position;
  resolve(reached: boolean): void;
}

/**
 * How far a live consumer has come. However many callers wait for a position, one query at a time polls the checkpoints, and
 * none while nobody waits. (NOTIFY would serialize the commits of all projections.)
 */
export class ProgressWatcher {
  private next: ReadonlyMap<number, number> = new Map();
  private readonly waiters = new Set<Waiter>();
  private polling = false;

  constructor(
    private readonly pool: Pool,
    private readonly consumer: string,
    private readonly topic: string,
  ) {}

  /**
   * Resolves with true once the view holds the event at this position, with false after the timeout or when the signal
   * is aborted. A database that is away counts as not reached yet.
   * @param timeoutMs milliseconds
   */
  async reaches(position: Position, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.hasReached(position)) return true;
    if (signal?.aborted) return false;
    return new Promise((resolve) => {
      const settle = (reached: boolean) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        this.waiters.delete(waiter);
        resolve(reached);
      };
      const giveUp = () => settle(false);
      const waiter: Waiter = { position, resolve: settle };
      const timer = setTimeout(giveUp, timeoutMs);
      signal?.addEventListener('abort', giveUp, { once: true });
      this.waiters.add(waiter);
      if (!this.polling) void this.poll();
    });
  }

  /** Whether the view held the event at this position when the checkpoints were last read. By now it may be further. */
  hasReached({ partition, offset }: Position): boolean {
    return (this.next.get(partition) ?? 0) > offset;
  }

  /** Reads the checkpoints. @throws {Error} when the database cannot be asked; the last known positions are kept */
  async refresh(): Promise<void> {
    // Replaced whole: after a rebuild on an empty database the positions are smaller than they were.
    const { consumer, topic } = this;
    this.next = await storedPositions(this.pool, { consumer, topic });
  }

  private async poll(): Promise<void> {
    this.polling = true;
    while (this.waiters.size > 0) {
      const refreshed = await this.refresh().then(
        () => true,
        () => false,
      );
      for (const waiter of this.waiters) if (this.hasReached(waiter.position)) waiter.resolve(true);
      if (this.waiters.size > 0) await delay(refreshed ? POLL_INTERVAL_MS : POLL_INTERVAL_AFTER_ERROR_MS);
    }
    this.polling = false;
  }
}
