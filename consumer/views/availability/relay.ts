import type { Pool, PoolClient } from 'pg';
import type { Appender, OutgoingRecord } from '../../../infra/event-log/log';
import type { Logger } from '../../../infra/logger';
import { Poller } from '../../../infra/poller';
import type { Outcome } from '../../../schemas/generated/events';

export interface RelayOptions {
  readonly pool: Pool;
  readonly appender: Appender;
  readonly topic: string;
  readonly encode: (outcome: Outcome) => OutgoingRecord;
  readonly logger: Logger;
}

interface OutboxRow {
  partition: number;
  offset: string;
  seq: number;
  outcome: Outcome;
}

/** How many outcomes one append takes at most. */
const BATCH = 1_000;
/** How often the outbox is polled without a wake-up: for rows that an instance left when it died. */
const POLL_INTERVAL_MS = 1_000;
/** The first key of the relay's advisory locks; the second is the partition. */
const LOCK = 0x6f757462;

/**
 * Publishes the view's outcomes from the outbox to their topic, at least once, in order for each book.
 *
 * One instance at a time publishes a partition's outcomes, oldest first: its transaction holds an advisory lock. The same
 * transaction deletes them from the outbox, after Kafka has acknowledged them. If the process dies before the commit, the
 * rows remain and are republished with the same IDs.
 */
export class Relay {
  private readonly partitions = new Set<number>();
  private readonly poller: Poller;

  constructor(private readonly options: RelayOptions) {
    this.poller = new Poller({
      work: async () => (await this.publish()) > 0,
      interval: POLL_INTERVAL_MS,
      onError: (error) =>
        options.logger.warn({ err: error }, 'outcomes cannot be published at the moment; trying again'),
    });
  }

  start(): void {
    this.poller.start();
  }

  /** Sets the partitions whose outcomes this instance publishes: those that it projects. */
  assign(partitions: readonly number[]): void {
    this.partitions.clear();
    for (const partition of partitions) this.partitions.add(partition);
    this.wake();
  }

  /** Announces rows in the outbox: they are published without waiting for the next poll. */
  wake(): void {
    this.poller.wake();
  }

  /** Finishes the transaction under way. Rows left in the outbox are published by the partition's next owner. */
  async close(): Promise<void> {
    await this.poller.close();
    await this.options.appender.close();
  }

  /** @returns how many outcomes were published */
  private async publish(): Promise<number> {
    if (this.partitions.size === 0) return 0;
    const client = await this.options.pool.connect();
    let broken: Error | undefined;
    // A connection lost during the append emits 'error'; without a listener that would end the process.
    const onError = (error: Error) => (broken = error);
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const count = await this.publishWith(client);
      await client.query('COMMIT');
      return count;
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.off('error', onError);
      // A connection that failed is destroyed, which rolls its transaction back.
      client.release(broken);
    }
  }

  private async publishWith(client: PoolClient): Promise<number> {
    const { appender, topic, encode } = this.options;
    // A statement of its own: the snapshot of the next one must be taken after the locks are held.
    const locked = await client.query<{ partition: number }>({
      name: 'outbox-lock',
      text: `SELECT partition FROM (SELECT DISTINCT partition FROM library.outbox WHERE partition = ANY($1::int[])) AS waiting
              WHERE pg_try_advisory_xact_lock($2, partition)`,
      values: [[...this.partitions], LOCK],
    });
    if (locked.rows.length === 0) return 0;
    const { rows } = await client.query<OutboxRow>({
      name: 'outbox-take',
      text: `SELECT partition, "offset", seq, outcome FROM library.outbox WHERE partition = ANY($1::int[])
              ORDER BY partition, "offset", seq LIMIT $2`,
      values: [locked.rows.map(({ partition }) => partition), BATCH],
    });
    if (rows.length === 0) return 0;
    const positions = await appender.append(
      topic,
      rows.map(({ outcome }) => encode(outcome)),
    );
    // All or nothing: if acknowledged rows were deleted, later ones could overtake those whose append is in doubt.
    if (positions.includes(undefined)) throw new Error('Kafka did not acknowledge all outcomes');
    await client.query({
      name: 'outbox-done',
      text: `DELETE FROM library.outbox o USING unnest($1::int[], $2::bigint[], $3::int[]) AS d(partition, "offset", seq)
              WHERE o.partition = d.partition AND o."offset" = d."offset" AND o.seq = d.seq`,
      values: [rows.map((row) => row.partition), rows.map((row) => row.offset), rows.map((row) => row.seq)],
    });
    return rows.length;
  }
}
