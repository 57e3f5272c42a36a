import { Follower } from '../../infra/event-log/follower';
import type { Log, LogRecord, Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';

export interface TailOptions {
  readonly log: Log;
  readonly topic: string;
  readonly logger: Logger;
  /** How many records from before the start are read, at most. */
  readonly history: number;
  /** The pause before a reader that failed is restarted, in milliseconds. */
  readonly pause: number;
  apply(record: LogRecord): void;
}

interface Waiter {
  readonly position: Position;
  done(reached: boolean): void;
}

/** Follows the end of a topic while the process runs. Callers can wait until a position has been reached. */
export class Tail {
  private readonly follower: Follower;
  private readonly waiters = new Set<Waiter>();
  private failed = false;

  constructor({ apply, ...options }: TailOptions) {
    this.follower = new Follower({
      ...options,
      handle: ({ records }) => records.forEach((record) => apply(record)),
      onHandled: () => this.resolveWaiters(),
      onReading: () => (this.failed = false),
      onStopped: () => this.failWaiters(),
    });
  }

  /**
   * Resolves with true once the record at the position has been applied, or with false when that takes longer than
   * `timeout` milliseconds or the reader is known to be down: waiting would be useless.
   */
  reach(position: Position, timeout: number): Promise<boolean> {
    if (this.hasReached(position)) return Promise.resolve(true);
    if (this.failed || this.follower.closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.done(false), timeout);
      const waiter: Waiter = {
        position,
        done: (reached) => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          resolve(reached);
        },
      };
      this.waiters.add(waiter);
    });
  }

  close(): Promise<void> {
    return this.follower.close();
  }

  private hasReached({ partition, offset }: Position): boolean {
    return offset < this.follower.nextOf(partition);
  }

  private resolveWaiters(): void {
    for (const waiter of this.waiters) if (this.hasReached(waiter.position)) waiter.done(true);
  }

  private failWaiters(): void {
    this.failed = true;
    for (const waiter of this.waiters) waiter.done(false);
  }
}
