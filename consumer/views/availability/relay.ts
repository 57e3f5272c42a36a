import type { Pool } from 'pg';
import {
  formatPosition,
  type Appender,
  type AttemptResult,
  type OutgoingRecord,
} from '../../../infra/event-log/log';
import type { Logger } from '../../../infra/logger';
import { Poller } from '../../../infra/poller';
import { inTransaction } from '../../../infra/postgres/transaction';
import type { Outcome } from '../../../schemas/generated/events';
import { Outbox, type OutboxEntry } from './outbox';
import type { RelayMetrics } from './relay-metrics';

export interface RelayOptions {
  readonly pool: Pool;
  readonly appender: Appender;
  readonly topic: string;
  readonly encode: (outcome: Outcome) => OutgoingRecord;
  readonly logger: Logger;
  readonly metrics: RelayMetrics;
}

/** How many outcomes one round takes at most, from all its partitions together. */
const MOST_ENTRIES = 1_000;
/** How large the records of one partition may be together: Kafka takes a megabyte at once by default. */
const MOST_BYTES = 800_000;
/** How long Kafka may take. The transaction is idle meanwhile, for which it has twice as long (`createPool`). */
const APPEND_TIMEOUT_MS = 5_000;
/** How often the outbox is polled without a wake-up: for rows that an instance left when it died. */
const POLL_INTERVAL_MS = 1_000;
/** The pause between two attempts for partitions that are in trouble. */
const RETRY_INTERVAL_MS = 500;

/** What a round does with the entries that it has taken of a partition. */
interface Batch {
  readonly partition: number;
  readonly entries: readonly OutboxEntry[];
  readonly records: readonly OutgoingRecord[];
}

/**
 * Publishes the view's outcomes from the outbox to their topic, at least once, in order for each book. An outcome goes to the
 * partition that its event came from: the topics have the same keys and the same number of partitions.
 *
 * One instance at a time publishes a partition's outcomes, oldest first: its transaction holds an advisory lock. The same
 * transaction deletes them from the outbox, after Kafka has acknowledged them. If the process dies before the commit, the
 * rows remain and are republished with the same IDs.
 *
 * Each partition is on its own: it gets an equal share of a round, and what Kafka has of it is deleted whatever becomes of the
 * others. One that fails is in trouble: it is tried again in rounds apart, for which the others do not wait.
 */
export class Relay {
  private partitions: ReadonlySet<number> = new Set();
  private readonly troubled = new Set<number>();
  /** Where a batch was too large: how many entries the next one may have. */
  private readonly mostEntries = new Map<number, number>();
  private readonly poller: Poller;
  private readonly retries: Poller;

  constructor(private readonly options: RelayOptions) {
    const onError = (error: unknown) =>
      options.logger.warn({ err: error }, 'outcomes cannot be published at the moment; trying again');
    this.poller = new Poller({
      work: () => this.round(false),
      interval: POLL_INTERVAL_MS,
      onError,
    });
    this.retries = new Poller({
      work: () => this.round(true).then(() => false),
      interval: RETRY_INTERVAL_MS,
      onError,
    });
  }

  start(): void {
    this.poller.start();
    this.retries.start();
  }

  /** Sets the partitions whose outcomes this instance publishes: those that it projects. */
  assign(partitions: readonly number[]): void {
    this.partitions = new Set(partitions);
    this.wake();
  }

  /** Announces rows in the outbox: they are published without waiting for the next poll. */
  wake(): void {
    this.poller.wake();
  }

  /** Finishes the transactions under way. Rows left in the outbox are published by the partition's next owner. */
  async close(): Promise<void> {
    await Promise.all([this.poller.close(), this.retries.close()]);
    await this.options.appender.close();
  }

  /**
   * Publishes the oldest outcomes of partitions. No two rounds under way have a partition in common.
   * @param apart whether of those that are in trouble: healthy ones on the same connection do not wait for them
   * @returns whether there may be more
   */
  private async round(apart: boolean): Promise<boolean> {
    const partitions = [...this.partitions].filter((each) => this.troubled.has(each) === apart);
    if (partitions.length === 0) return false;
    const published = await inTransaction(this.options.pool, (client) =>
      this.publish(new Outbox(client), partitions, apart),
    );
    if (apart && published) this.wake();
    return published;
  }

  private async publish(outbox: Outbox, partitions: readonly number[], apart: boolean): Promise<boolean> {
    const locked = await outbox.lock(partitions);
    for (const partition of partitions) if (!locked.includes(partition)) this.recover(partition);
    if (locked.length === 0) return false;
    const share = Math.ceil(MOST_ENTRIES / locked.length);
    const portions = locked.map((partition) => ({
      partition,
      entries: Math.min(share, this.mostEntries.get(partition) ?? share),
    }));
    const batches: Batch[] = [];
    let moved = false;
    for (const [partition, entries] of await outbox.take(portions, MOST_BYTES)) {
      const { records, failure } = this.encode(entries);
      if (records.length > 0) batches.push({ partition, entries: entries.slice(0, records.length), records });
      else if (failure) moved = await this.setAside(outbox, entries[0]!, failure);
    }
    const { appender, topic } = this.options;
    const results = await Promise.all(
      appender.attempt(topic, batches, { timeout: APPEND_TIMEOUT_MS, apart }),
    );
    const settled: boolean[] = [];
    for (const [index, batch] of batches.entries())
      settled.push(await this.settle(outbox, batch, results[index]!));
    return moved || settled.includes(true);
  }

  /** Those of the entries that are before the first one whose bytes cannot be made. */
  private encode(entries: readonly OutboxEntry[]): { records: OutgoingRecord[]; failure?: Error } {
    const records: OutgoingRecord[] = [];
    for (const { outcome } of entries) {
      try {
        records.push(this.options.encode(outcome));
      } catch (error) {
        return { records, failure: error as Error };
      }
    }
    return { records };
  }

  /** @returns whether the partition gets on */
  private async settle(outbox: Outbox, batch: Batch, result: AttemptResult): Promise<boolean> {
    const { partition, entries } = batch;
    switch (result.kind) {
      case 'appended':
        // All of a partition or nothing, as Kafka takes it: no later outcome overtakes one that is in doubt.
        await outbox.done(entries);
        this.options.metrics.published.inc(entries.length);
        this.mostEntries.delete(partition);
        this.recover(partition);
        return true;
      case 'too-large':
        if (entries.length === 1) return this.setAside(outbox, entries[0]!, result.error);
        this.mostEntries.set(partition, Math.floor(entries.length / 2));
        return true;
      case 'not-appended':
      case 'in-doubt':
        this.fail(partition, result.error);
        return false;
    }
  }

  private async setAside(outbox: Outbox, entry: OutboxEntry, error: Error): Promise<true> {
    const { logger, metrics } = this.options;
    const { partition, offset, seq, outcome } = entry;
    await outbox.setAside(entry, error.message);
    metrics.setAside.inc();
    const position = formatPosition({ partition, offset: Number(offset) });
    const { eventId, bookId } = outcome;
    logger.error(
      { position, seq, eventId, bookId, reason: error.message },
      'outcome set aside: it can never be published as it is',
    );
    this.mostEntries.delete(partition);
    this.recover(partition);
    return true;
  }

  private fail(partition: number, error: Error): void {
    const { logger, metrics } = this.options;
    if (!this.troubled.has(partition)) {
      logger.warn(
        { partition, reason: error.message },
        'outcomes of a partition cannot be published at the moment; trying again',
      );
    }
    this.troubled.add(partition);
    metrics.troubled.set(this.troubled.size);
  }

  private recover(partition: number): void {
    if (!this.troubled.delete(partition)) return;
    this.options.metrics.troubled.set(this.troubled.size);
  }
}
