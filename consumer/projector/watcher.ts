import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Position } from '../../infra/event-log/log';

const POLL_INTERVAL_MS = 5;
const POLL_INTERVAL_AFTER_ERROR_MS = 200;

interface Waiter {
  readonly position: Position;
  resolve(reached: boolean): void;
}

/**
 * Tells when a view has reached a position. However many wait, one query at a time looks at the stored positions, and
 * none while nobody waits. (NOTIFY would make all projections commit one after the other.)
 */
export class ProgressWatcher {
  private readonly next = new Map<number, number>();
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
    if (this.isReached(position)) return true;
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

  private isReached({ partition, offset }: Position): boolean {
    return (this.next.get(partition) ?? 0) > offset;
  }

  private async poll(): Promise<void> {
    this.polling = true;
    while (this.waiters.size > 0) {
      const pause = (await this.look()) ? POLL_INTERVAL_MS : POLL_INTERVAL_AFTER_ERROR_MS;
      for (const waiter of this.waiters) if (this.isReached(waiter.position)) waiter.resolve(true);
      if (this.waiters.size > 0) await delay(pause);
    }
    this.polling = false;
  }

  private async look(): Promise<boolean> {
    try {
      const { rows } = await this.pool.query<{ partition: number; next_offset: string }>({
        name: 'progress',
        text: 'SELECT partition, next_offset FROM library.progress WHERE consumer = $1 AND topic = $2',
        values: [this.consumer, this.topic],
      });
      // Replaced whole: after a rebuild on an empty database the positions are smaller than they were.
      this.next.clear();
      for (const row of rows) this.next.set(row.partition, Number(row.next_offset));
      return true;
    } catch {
      return false;
    }
  }
}
