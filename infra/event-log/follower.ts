import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logger';
import type { Log, LogBatch, PartitionBounds, Position } from './log';
import { PositionWaiter } from './position-waiter';

export interface FollowerOptions {
  readonly log: Log;
  readonly topic: string;
  readonly logger: Logger;
  /** How many records of a partition from before the start are read, at most. */
  readonly history: number;
  /** How long to wait before reading is started again after a failure, in milliseconds. */
  readonly pause: number;
  /** A batch that this fails for is delivered again, from its beginning. */
  handle(batch: LogBatch): Promise<void> | void;
}

/**
 * Follows the end of a topic, in no group, for as long as the process lives. Reading that fails is started again where it
 * stopped.
 */
export class Follower {
  private readonly positions = new PositionWaiter();
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;
  /** Whether reading has stopped, and was not started again yet. */
  private isDown = false;

  /** @param start where reading begins, by partition; absent: `history` records before the end */
  constructor(
    private readonly options: FollowerOptions,
    start: ReadonlyMap<number, number> = new Map(),
  ) {
    this.positions.replace(start);
    this.running = this.follow();
  }

  /**
   * Resolves with true once the record at the position has been handled, or with false when that takes longer than the
   * timeout, when reading is down (waiting would be of no use then), or when the follower is closed.
   * @param timeoutMs milliseconds
   */
  reaches(position: Position, timeoutMs: number): Promise<boolean> {
    if (this.isDown && !this.positions.isReached(position)) return Promise.resolve(false);
    return this.positions.reaches(position, timeoutMs);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async follow(): Promise<void> {
    const { signal } = this.closing;
    const { logger, topic, pause } = this.options;
    while (!signal.aborted) {
      try {
        await this.readOn();
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error, topic }, 'reading stopped');
      }
      this.isDown = true;
      this.positions.giveUp();
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  private async readOn(): Promise<void> {
    const { log, topic } = this.options;
    const bounds = await log.bounds(topic);
    const ranges = bounds.map((partition) => this.rangeOf(partition));
    this.isDown = false;
    for await (const batch of log.read(topic, { ranges, signal: this.closing.signal })) {
      await this.options.handle(batch);
      this.positions.set(batch.partition, batch.nextOffset);
    }
  }

  /** Where reading goes on: where it stopped, unless that is no longer, or not yet, in the log. */
  private rangeOf({ partition, start, end }: PartitionBounds): PartitionBounds {
    const fresh = Math.max(start, end - this.options.history);
    const next = this.positions.nextOf(partition);
    const from = next === undefined || next > end ? fresh : Math.max(next, start);
    this.positions.set(partition, from);
    return { partition, start: from, end: Infinity };
  }
}
