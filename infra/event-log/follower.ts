import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logger';
import type { Log, LogBatch, PartitionBounds } from './log';

export interface FollowerOptions {
  readonly log: Log;
  readonly topic: string;
  readonly logger: Logger;
  /** How many records of a partition from before the start are read, at most. */
  readonly history: number;
  /** How long to wait before a reader that failed is started again, in milliseconds. */
  readonly pause: number;
  /** A batch that this fails for is delivered again, from its beginning. */
  handle(batch: LogBatch): Promise<void> | void;
  /** A batch has been handled: `nextOf` says how far reading has come. */
  onHandled?(): void;
  /** Reading has begun, or begun again. */
  onReading?(): void;
  /** Reading has stopped, and is tried again after the pause. */
  onStopped?(): void;
}

/** Follows the end of a topic, in no group, for as long as the process lives: a reader that fails is started again. */
export class Follower {
  private readonly next = new Map<number, number>();
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;

  /** @param start where reading begins, by partition; absent: `history` records before the end */
  constructor(
    private readonly options: FollowerOptions,
    start: ReadonlyMap<number, number> = new Map(),
  ) {
    for (const [partition, offset] of start) this.next.set(partition, offset);
    this.running = this.follow();
  }

  /** The offset at which reading of a partition goes on; 0 while nothing is known of it. */
  nextOf(partition: number): number {
    return this.next.get(partition) ?? 0;
  }

  get closed(): boolean {
    return this.closing.signal.aborted;
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
      this.options.onStopped?.();
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  private async readOn(): Promise<void> {
    const { log, topic } = this.options;
    const bounds = await log.bounds(topic);
    const ranges = bounds.map((partition) => this.rangeOf(partition));
    this.options.onReading?.();
    for await (const batch of log.read(topic, { ranges, signal: this.closing.signal })) {
      await this.options.handle(batch);
      this.next.set(batch.partition, batch.nextOffset);
      this.options.onHandled?.();
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
