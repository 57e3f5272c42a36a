import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Position } from '../../infra/event-log/log';
import { PositionWaiter } from '../../infra/event-log/position-waiter';

const POLL_INTERVAL_MS = 5;
const POLL_INTERVAL_AFTER_ERROR_MS = 200;

/**
 * Tells when a view has reached a position. However many wait, one query at a time looks at the stored positions, and
 * none while nobody waits. (NOTIFY would make all projections commit one after the other.)
 */
export class ProgressWatcher {
  private readonly positions = new PositionWaiter();
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
  reaches(position: Position, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const reached = this.positions.reaches(position, timeoutMs, signal);
    if (this.positions.isWaitedFor && !this.polling) void this.poll();
    return reached;
  }

  private async poll(): Promise<void> {
    this.polling = true;
    while (this.positions.isWaitedFor) {
      const pause = (await this.look()) ? POLL_INTERVAL_MS : POLL_INTERVAL_AFTER_ERROR_MS;
      if (this.positions.isWaitedFor) await delay(pause);
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
      this.positions.replace(rows.map((row) => [row.partition, Number(row.next_offset)]));
      return true;
    } catch {
      return false;
    }
  }
}
