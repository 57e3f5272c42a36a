import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import type { Logger } from '../logger';

/** What the last copy may cost when the subscription is closed. */
const LAST_COMMIT_MS = 1_000;

/** Copies the stored positions to the group's offsets now and then: only lag tools look at those. */
export class GroupOffsets {
  private readonly toCommit = new Map<number, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly consumer: Consumer,
    private readonly topic: string,
    private readonly logger: Logger,
  ) {}

  /** @param interval milliseconds; 0: never */
  start(interval: number): void {
    if (interval > 0) this.timer = setInterval(() => void this.commit(), interval);
  }

  moved(partition: number, nextOffset: number): void {
    this.toCommit.set(partition, nextOffset);
  }

  /** The partitions may be another member's by now, and kafkajs trips over offsets of partitions that it has lost. */
  forget(): void {
    this.toCommit.clear();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** To be called while the consumer still runs: once it has stopped, kafkajs commits no more. */
  async commitLast(): Promise<void> {
    await Promise.race([this.commit(), delay(LAST_COMMIT_MS, undefined, { ref: false })]);
  }

  private async commit(): Promise<void> {
    if (this.toCommit.size === 0) return;
    const { topic } = this;
    const offsets = [...this.toCommit].map(([partition, offset]) => ({
      topic,
      partition,
      offset: String(offset),
    }));
    this.toCommit.clear();
    await this.consumer.commitOffsets(offsets).catch((error: unknown) => {
      this.logger.debug({ err: error }, 'group offsets not committed; the stored positions are what counts');
    });
  }
}
