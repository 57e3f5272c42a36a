import type { Pool, PoolClient } from 'pg';
import type { Appender, OutgoingRecord } from '../../../infra/event-log/log';
import type { Logger } from '../../../infra/logger';
import { Wakeable } from '../../../infra/wakeable';
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

/** How many outcomes one send takes at most. */
const BATCH = 1_000;
/** How often the outbox is looked at when nobody has said that something is in it: what a dead instance left behind. */
const LOOK_INTERVAL_MS = 1_000;
/** The first half of our advisory locks; the second is the partition. */
const LOCK = 0x6f757462;

/**
 * Tells the topic of outcomes what the view has decided, in order for each book, at least once.
 *
 * A partition's outcomes are published by one instance at a time (an advisory lock that the transaction holds), oldest
 * first, and leave the outbox in the same transaction, after Kafka has acknowledged them. Whoever dies in between leaves
 * them there: they are published again, under the same IDs.
 */
export class Relay {
  private readonly partitions = new Set<number>();
  private readonly loop = new Wakeable();
  private closing = false;
  private running: Promise<void> | undefined;

  constructor(private readonly options: RelayOptions) {}

  start(): void {
    this.running = this.run();
  }

  /** The partitions whose outcomes this instance publishes: those that it projects. */
  assign(partitions: readonly number[]): void {
    this.partitions.clear();
    for (const partition of partitions) this.partitions.add(partition);
    this.wake();
  }

  /** Says that there is something in the outbox. */
  wake(): void {
    this.loop.wake();
  }

  /** Finishes the send under way. What is left in the outbox is published by whoever comes next. */
  async close(): Promise<void> {
    this.closing = true;
    this.wake();
    await this.running;
    await this.options.appender.close();
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      this.loop.listen();
      const published = await this.publish().catch((error: unknown) => {
        this.options.logger.warn({ err: error }, 'outcomes cannot be published at the moment; trying again');
        return 0;
      });
      if (published === 0) await this.loop.pause(LOOK_INTERVAL_MS);
    }
  }

  private async publish(): Promise<number> {
    if (this.partitions.size === 0) return 0;
    const client = await this.options.pool.connect();
    let broken: Error | undefined;
    // A connection that is lost while Kafka is being waited for says so here, and would end the process otherwise.
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
      // A connection that failed is thrown away, and its transaction with it.
      client.release(broken);
    }
  }

  private async publishWith(client: PoolClient): Promise<number> {
    const { appender, topic, encode } = this.options;
    // In a statement of its own: what the next one sees must be as it is after the locks were taken.
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
    // Taking only some out would be right too, but what comes after them must not overtake what is in doubt.
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
