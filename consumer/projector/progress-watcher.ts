import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Position } from '../../infra/event-log/log';
import { PositionWaiter } from '../../infra/event-log/position-waiter';
import { connectionsOpened } from '../../infra/postgres/pool';
import { storedPositions } from './checkpoint';

const POLL_INTERVAL_MS = 5;
const POLL_INTERVAL_AFTER_ERROR_MS = 200;
/** How long an answer may take. A dead connection should be found while those who wait still have some of their five seconds. */
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * How far a live consumer has come. However many callers wait for a position, one query at a time polls the checkpoints, and
 * none while nobody waits. (NOTIFY would serialize the commits of all projections.)
 */
export class ProgressWatcher {
  private readonly positions = new PositionWaiter();
  private polling = false;
  /** How many connections had been opened when the known positions were asked for. */
  private knownOver = 0;

  constructor(
    private readonly pool: Pool,
    private readonly consumer: string,
    private readonly topic: string,
  ) {}

  /**
   * Resolves with true once the view holds the event at this position, with false after the timeout or when the signal
   * is aborted. A database that is away counts as not reached yet. One that was replaced may have lost what it held: once
   * `connections` has changed, the checkpoints are read anew.
   * @param timeoutMs milliseconds
   */
  reaches(position: Position, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.knownOver !== this.connections) this.positions.replace([]);
    const reached = this.positions.reaches(position, timeoutMs, signal);
    if (this.positions.isWaitedFor && !this.polling) void this.poll();
    return reached;
  }

  /** As long as this stays the same, nothing that was reached was lost: see `connectionsOpened`. */
  get connections(): number {
    return connectionsOpened(this.pool);
  }

  /** Whether the view held the event at this position when the checkpoints were last read. By now it may be further. */
  hasReached(position: Position): boolean {
    return this.positions.isReached(position);
  }

  /** Reads the checkpoints. @throws {Error} when the database cannot be asked; the last known positions are kept */
  async refresh(): Promise<void> {
    // Replaced whole: after a rebuild on an empty database the positions are smaller than they were.
    const { consumer, topic } = this;
    const { connections } = this;
    const stored = await storedPositions(this.pool, { consumer, topic }, ANSWER_TIMEOUT_MS);
    this.knownOver = connections;
    this.positions.replace(stored);
  }

  private async poll(): Promise<void> {
    this.polling = true;
    while (this.positions.isWaitedFor) {
      const refreshed = await this.refresh().then(
        () => true,
        () => false,
      );
      if (this.positions.isWaitedFor)
        await delay(refreshed ? POLL_INTERVAL_MS : POLL_INTERVAL_AFTER_ERROR_MS);
    }
    this.polling = false;
  }
}
