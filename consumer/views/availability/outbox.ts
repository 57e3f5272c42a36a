import type { PoolClient } from 'pg';
import type { Outcome } from '../../../schemas/generated/events';

/** An outcome that is to be published: the position of its event, and its number among what came from that event. */
export interface OutboxEntry {
  readonly partition: number;
  readonly offset: string;
  readonly seq: number;
  readonly outcome: Outcome;
}

/** How much of a partition is taken at once, at most; one entry always is. */
export interface Portion {
  readonly partition: number;
  readonly entries: number;
}

/** The first key of the advisory locks; the second is the partition. */
const LOCK = 0x6f757462;
/** What an entry weighs as a record beside its text: headers and framing, on the safe side. */
const OVERHEAD_BYTES = 600;

/**
 * One probe of the primary key for each partition, however long the outbox is. Materialized, so that only partitions with
 * entries are locked.
 */
export const LOCK_SQL = `
WITH waiting AS MATERIALIZED (
  SELECT p.partition FROM unnest($1::int[]) AS p(partition)
   CROSS JOIN LATERAL (SELECT FROM library.outbox o WHERE o.partition = p.partition
                        ORDER BY o.partition, o."offset", o.seq LIMIT 1) AS oldest)
SELECT partition FROM waiting WHERE pg_try_advisory_xact_lock($2, partition)`;

/** The oldest entries of each partition, as many as fit into the bytes: read by the primary key, in its order. */
export const TAKE_SQL = `
SELECT t.partition, t."offset", t.seq, t.outcome FROM unnest($1::int[], $2::int[]) AS p(partition, entries)
 CROSS JOIN LATERAL (
   SELECT oldest.*, row_number() OVER entries AS place,
          sum(octet_length(oldest.outcome::text) + ${OVERHEAD_BYTES}) OVER entries AS bytes
     FROM (SELECT o.partition, o."offset", o.seq, o.outcome FROM library.outbox o WHERE o.partition = p.partition
            ORDER BY o.partition, o."offset", o.seq LIMIT p.entries) AS oldest
   WINDOW entries AS (ORDER BY oldest."offset", oldest.seq)) AS t
 WHERE t.place = 1 OR t.bytes <= $3
 ORDER BY t.partition, t."offset", t.seq`;

const DONE_SQL = `
DELETE FROM library.outbox o USING unnest($1::int[], $2::bigint[], $3::int[]) AS d(partition, "offset", seq)
 WHERE o.partition = d.partition AND o."offset" = d."offset" AND o.seq = d.seq`;

const SET_ASIDE_SQL = `
WITH moved AS (
  DELETE FROM library.outbox WHERE partition = $1 AND "offset" = $2 AND seq = $3
  RETURNING partition, "offset", seq, outcome)
INSERT INTO library.outbox_set_aside (partition, "offset", seq, outcome, reason)
SELECT *, $4 FROM moved
ON CONFLICT (partition, "offset", seq) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, set_aside_at = now()`;

/** The outbox, as one transaction of the relay sees it. */
export class Outbox {
  constructor(private readonly client: PoolClient) {}

  /**
   * Locks those of the partitions that have entries and that no other instance has locked, until the transaction ends. What
   * is taken afterwards is not older than the lock: each statement has a snapshot of its own.
   */
  async lock(partitions: readonly number[]): Promise<number[]> {
    const { rows } = await this.client.query<{ partition: number }>({
      name: 'outbox-lock',
      text: LOCK_SQL,
      values: [partitions, LOCK],
    });
    return rows.map(({ partition }) => partition);
  }

  /** The oldest entries of each partition, in their order. @param bytes how much of one partition, as records, at most */
  async take(portions: readonly Portion[], bytes: number): Promise<Map<number, OutboxEntry[]>> {
    const { rows } = await this.client.query<OutboxEntry>({
      name: 'outbox-take',
      text: TAKE_SQL,
      values: [portions.map(({ partition }) => partition), portions.map(({ entries }) => entries), bytes],
    });
    const taken = new Map<number, OutboxEntry[]>();
    for (const entry of rows) {
      const ofPartition = taken.get(entry.partition);
      if (ofPartition) ofPartition.push(entry);
      else taken.set(entry.partition, [entry]);
    }
    return taken;
  }

  /** Deletes what has been published. */
  async done(entries: readonly OutboxEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.client.query({
      name: 'outbox-done',
      text: DONE_SQL,
      values: [
        entries.map(({ partition }) => partition),
        entries.map(({ offset }) => offset),
        entries.map(({ seq }) => seq),
      ],
    });
  }

  /** Moves an entry that can never be published to `outbox_set_aside`. */
  async setAside({ partition, offset, seq }: OutboxEntry, reason: string): Promise<void> {
    await this.client.query(SET_ASIDE_SQL, [partition, offset, seq, reason]);
  }
}
