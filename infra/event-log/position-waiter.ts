import type { Position } from './log';

interface Waiter {
  readonly position: Position;
  resolve(reached: boolean): void;
}

/** How far each partition of a topic has been handled, and who waits for it to get further. */
export class PositionWaiter {
  private readonly next = new Map<number, number>();
  private readonly waiters = new Set<Waiter>();

  /** The offset of the next record of a partition that is to be handled; undefined while nothing is known of it. */
  nextOf(partition: number): number | undefined {
    return this.next.get(partition);
  }

  /** Whether anybody waits. */
  get isWaitedFor(): boolean {
    return this.waiters.size > 0;
  }

  /** Sets where a partition stands, which may be before where it stood. */
  set(partition: number, next: number): void {
    this.next.set(partition, next);
    this.resolveReached();
  }

  /** Sets where all partitions stand. Nothing is known of those that are left out. */
  replace(positions: Iterable<readonly [partition: number, next: number]>): void {
    this.next.clear();
    for (const [partition, next] of positions) this.next.set(partition, next);
    this.resolveReached();
  }

  /** Whether the record at the position has been handled. */
  isReached({ partition, offset }: Position): boolean {
    return offset < (this.next.get(partition) ?? 0);
  }

  /**
   * Resolves with true once the record at the position has been handled, at once if it has been already. Resolves with
   * false after the timeout, when the signal is aborted, or when `giveUp` is called.
   * @param timeoutMs milliseconds
   */
  reaches(position: Position, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.isReached(position)) return Promise.resolve(true);
    if (signal?.aborted) return Promise.resolve(false);
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
    });
  }

  /** Resolves all waiters with false. Later ones wait again. */
  giveUp(): void {
    for (const waiter of this.waiters) waiter.resolve(false);
  }

  private resolveReached(): void {
    for (const waiter of this.waiters) if (this.isReached(waiter.position)) waiter.resolve(true);
  }
}
