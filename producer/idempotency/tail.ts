import { setTimeout as delay } from 'node:timers/promises';
import type { Log, LogRecord, PartitionBounds, Position } from '../../infra/log/log';
import type { Logger } from '../../infra/logger';

export interface TailOptions {
  readonly log: Log;
  readonly topic: string;
  readonly logger: Logger;
  /** How many records from before the start are read, at most. */
  readonly history: number;
  /** How long to wait before a reader that failed is started again, in milliseconds. */
  readonly pause: number;
  apply(record: LogRecord): void;
}

interface Waiter {
  readonly position: Position;
  done(reached: boolean): void;
}

/** Follows the end of a topic for as long as the process lives, and tells when a position has been reached. */
export class Tail {
  private readonly next = new Map<number, number>();
  private readonly waiters = new Set<Waiter>();
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;
  private failed = false;

  constructor(private readonly options: TailOptions) {
    this.running = this.follow();
  }

  /**
   * Resolves with true once the record at the position has been applied, or with false when that takes longer than
   * `timeout` milliseconds or the reader is known to be down: there is no use in waiting for it then.
   */
  reach(position: Position, timeout: number): Promise<boolean> {
    if (this.hasReached(position)) return Promise.resolve(true);
    if (this.failed || this.closing.signal.aborted) return Promise.resolve(false);
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

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private hasReached({ partition, offset }: Position): boolean {
    return offset < (this.next.get(partition) ?? 0);
  }

  private async follow(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        await this.readOn();
      } catch (error) {
        if (!signal.aborted)
          this.options.logger.warn({ err: error, topic: this.options.topic }, 'reading stopped');
      }
      this.giveUpWaiting();
      await delay(this.options.pause, undefined, { signal }).catch(() => undefined);
    }
  }

  private giveUpWaiting(): void {
    this.failed = true;
    for (const waiter of this.waiters) waiter.done(false);
  }

  private async readOn(): Promise<void> {
    const { log, topic } = this.options;
    const bounds = await log.bounds(topic);
    const ranges = bounds.map((partition) => this.rangeOf(partition));
    this.failed = false;
    for await (const batch of log.read(topic, { ranges, signal: this.closing.signal })) {
      batch.records.forEach((record) => this.options.apply(record));
      this.next.set(batch.partition, batch.nextOffset);
      for (const waiter of this.waiters) if (this.hasReached(waiter.position)) waiter.done(true);
    }
  }

  /** Where reading goes on: where it stopped, unless that is no longer, or not yet, in the log. */
  private rangeOf({ partition, start, end }: PartitionBounds): PartitionBounds {
    const fresh = Math.max(start, end - this.options.history);
    const next = this.next.get(partition);
    const from = next === undefined || next > end ? fresh : Math.max(next, start);
    this.next.set(partition, from);
    return { partition, start: from, end: Infinity };
  }
}
