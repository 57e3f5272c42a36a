import type { Pool } from 'pg';
import {
  formatPosition,
  type Appender,
  type AttemptResult,
  type OutgoingRecord,
} from '../../../infra/event-log/log';
import type { Logger } from '../../../infra/logger';
import { Poller } from '../../../infra/poller';
import { traceField } from '../../../infra/trace-context';
import { inTransaction } from '../../../infra/postgres/transaction';
import type { Outcome } from '../../../schemas/generated/events';
import type { OutboxEntry, StoredOutcomes } from '../definition';
import { Outbox, type OutboxRow } from './outbox';
import { OutboxMemory } from './outbox-memory';
import type { RelayMetrics } from './relay-metrics';

export interface RelayOptions {
  readonly pool: Pool;
  readonly appender: Appender;
  readonly topic: string;
  readonly encode: (outcome: Outcome, traceparent: string | undefined) => OutgoingRecord;
  readonly logger: Logger;
  readonly metrics: RelayMetrics;
}

/** How many outcomes one round takes at most, from all its partitions together. */
const MOST_ENTRIES = 3_000;
/** How large the records of one partition may be together: Kafka takes a megabyte at once by default. */
const MOST_BYTES = 800_000;
/** What a record weighs beside its value: headers and framing, on the safe side. */
const OVERHEAD_BYTES = 400;
/** How long Kafka may take. The transaction is idle meanwhile, for which it has twice as long (`createPool`). */
const APPEND_TIMEOUT_MS = 5_000;
/** How often the outbox is polled without a wake-up: for rows that an instance left when it died. */
const POLL_INTERVAL_MS = 1_000;
/** The pause between two attempts for partitions that are in trouble. */
const RETRY_INTERVAL_MS = 500;

/**
 * So that a plan that was made while the outbox was empty does not read it from end to end when it is long: every statement of a
 * round knows the keys of its rows.
 */
const BEGIN =
  'BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';

/** An entry with its place: its row, and how many entries of that are done with when it is. */
interface Placed {
  readonly row: OutboxRow;
  readonly done: number;
  readonly entry: OutboxEntry;
}

/** What is sent of a partition in a round. */
interface Batch {
  readonly partition: number;
  readonly entries: readonly Placed[];
  readonly records: readonly OutgoingRecord[];
}

/**
 * Publishes the view's outcomes from the outbox to their topic, at least once, in order for each book. An outcome goes to the
 * partition that its event came from: the topics have the same keys and the same number of partitions.
 *
 * One instance at a time publishes a partition's outcomes, oldest first: its transaction holds an advisory lock. The same
 * transaction takes them out of the outbox, after Kafka has acknowledged them. If the process dies before the commit, they
 * remain and are republished with the same IDs.
 *
 * The outbox says what is to be published. What its rows hold is remembered from when this process stored them, and read back
 * only where it is not: after a start or a failure, and behind a backlog.
 *
 * Each partition is on its own: it gets an equal share of a round, and what Kafka has of it is deleted whatever becomes of the
 * others. One that fails is in trouble: it is tried again in rounds apart, for which the others do not wait.
 */
export class Relay {
  private partitions: ReadonlySet<number> = new Set();
  private readonly memory = new OutboxMemory();
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
    this.memory.clear();
    this.wake();
  }

  /**
   * Announces rows in the outbox: they are published without waiting for the next poll.
   * @param stored a row that this process has just stored
   */
  wake(stored?: StoredOutcomes): void {
    if (stored && this.partitions.has(stored.partition))
      this.memory.offer(stored.partition, stored.row, stored.entries);
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
    const published = await inTransaction(
      this.options.pool,
      (client) => this.publish(new Outbox(client), partitions, apart),
      BEGIN,
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
    const rows = await this.take(outbox, await outbox.oldest(portions));
    const batches: Batch[] = [];
    const advanced: OutboxRow[] = [];
    for (const { partition, entries: most } of portions) {
      const entries = placed(rows.get(partition) ?? [], most);
      const { records, failure } = this.encode(entries);
      if (records.length > 0) batches.push({ partition, entries: entries.slice(0, records.length), records });
      else if (failure) advanced.push(await this.setAside(outbox, entries[0]!, failure));
    }
    const { appender, topic } = this.options;
    const results = await Promise.all(
      appender.attempt(topic, batches, { timeout: APPEND_TIMEOUT_MS, apart }),
    );
    let getsOn = advanced.length > 0;
    for (const [index, batch] of batches.entries()) {
      const settled = await this.settle(outbox, batch, results[index]!);
      if (settled) advanced.push(...settled);
      getsOn ||= settled !== undefined;
    }
    await outbox.advance(advanced);
    for (const { partition, id, count, done } of advanced)
      if (done === count) this.memory.forget(partition, id);
    return getsOn;
  }

  /** The entries of the rows, by partition: what is not remembered is read. Behind a row that cannot be read nothing is taken. */
  private async take(outbox: Outbox, rows: readonly OutboxRow[]): Promise<Map<number, Taken[]>> {
    const unknown = rows.filter(({ partition, id }) => !this.memory.get(partition, id));
    for (const [i, entries] of (await outbox.read(unknown)).entries())
      if (entries) this.memory.keep(unknown[i]!.partition, unknown[i]!.id, entries);
    const taken = new Map<number, Taken[]>();
    const unreadable = new Set<number>();
    for (const row of rows) {
      const { partition, id } = row;
      const entries = this.memory.get(partition, id);
      if (!entries) {
        unreadable.add(partition);
        this.fail(partition, new Error(`row ${id} of its outbox cannot be read`));
      }
      if (!entries || unreadable.has(partition)) continue;
      const before = taken.get(partition);
      if (before) before.push({ row, entries });
      else taken.set(partition, [{ row, entries }]);
    }
    return taken;
  }

  /** Those of the entries that fit into one batch, and are before the first one whose bytes cannot be made. */
  private encode(entries: readonly Placed[]): { records: OutgoingRecord[]; failure?: Error } {
    const records: OutgoingRecord[] = [];
    let bytes = 0;
    for (const { entry } of entries) {
      try {
        const record = this.options.encode(entry.outcome, entry.traceparent);
        bytes += record.value.length + OVERHEAD_BYTES;
        if (records.length > 0 && bytes > MOST_BYTES) break;
        records.push(record);
      } catch (error) {
        return { records, failure: error as Error };
      }
    }
    return { records };
  }

  /** @returns how far rows of the partition are done with; undefined where it does not get on */
  private async settle(
    outbox: Outbox,
    { partition, entries }: Batch,
    result: AttemptResult,
  ): Promise<OutboxRow[] | undefined> {
    this.options.metrics.attempts.inc({ result: result.kind });
    switch (result.kind) {
      case 'appended':
        // All of a partition or nothing, as Kafka takes it: no later outcome overtakes one that is in doubt.
        this.options.metrics.published.inc(entries.length);
        this.mostEntries.delete(partition);
        this.recover(partition);
        return advancedBy(entries);
      case 'too-large':
        if (entries.length === 1) return [await this.setAside(outbox, entries[0]!, result.error)];
        this.mostEntries.set(partition, Math.floor(entries.length / 2));
        return [];
      case 'not-appended':
      case 'in-doubt':
        this.fail(partition, result.error);
        return undefined;
    }
  }

  private async setAside(outbox: Outbox, placed: Placed, error: Error): Promise<OutboxRow> {
    const { logger, metrics } = this.options;
    const { entry, row } = placed;
    const { partition } = row;
    await outbox.setAside(partition, entry, error.message);
    metrics.setAside.inc();
    const position = formatPosition({ partition, offset: entry.offset });
    const { eventId, bookId } = entry.outcome;
    logger.error(
      { position, seq: entry.seq, eventId, bookId, reason: error.message, ...traceField(entry.traceparent) },
      'outcome set aside: it can never be published as it is',
    );
    this.mostEntries.delete(partition);
    this.recover(partition);
    return { ...row, done: placed.done };
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

/** A row with all of its entries. */
interface Taken {
  readonly row: OutboxRow;
  readonly entries: readonly OutboxEntry[];
}

/** The entries that are not done with, the oldest first. @param most how many at most */
function placed(rows: readonly Taken[], most: number): Placed[] {
  const found: Placed[] = [];
  for (const { row, entries } of rows) {
    for (let at = row.done; at < entries.length && found.length < most; at += 1)
      found.push({ row, done: at + 1, entry: entries[at]! });
  }
  return found;
}

/** How far the rows of these entries are done with when the entries are. */
function advancedBy(entries: readonly Placed[]): OutboxRow[] {
  const last = new Map<OutboxRow, number>();
  for (const { row, done } of entries) last.set(row, done);
  return [...last].map(([row, done]) => ({ ...row, done }));
}
