import type { Pool, PoolClient } from 'pg';
import type { StatementPart } from '../../projector/statement';
import type { OutboxEntry } from '../definition';

/** The most outcomes of one partition that are taken from rows at once, and the most rows that are looked at for them. */
export interface Portion {
  readonly partition: number;
  readonly entries: number;
}

/** A row of the outbox, without its entries: those of one batch. */
export interface OutboxRow {
  readonly partition: number;
  readonly id: string;
  readonly count: number;
  /** How many of its entries, from the first on, are done with. */
  readonly done: number;
}

/** The name of its table. */
export const OUTBOX = 'outbox';
/** The first key of the advisory locks; the second is the partition. */
const LOCK = 0x6f757462;
/** How many rows of a partition are looked at in one round, however small they are. */
const MOST_ROWS = 64;

/** Stores the entries of a batch as one row, where there are any, and returns its ID: `OUTBOX_ID`. */
export const STORE_OUTBOX: StatementPart<{ readonly outbox: readonly OutboxEntry[] }> = {
  types: ['int', 'bigint', 'bigint', 'text'],
  sql: ([count, first, last, outcomes], { partition }) => `store_outbox AS (
  INSERT INTO ${OUTBOX} (partition, first_offset, last_offset, count, outcomes)
  SELECT ${partition}, ${first}, ${last}, ${count}, ${outcomes} FROM fence WHERE ${count} > 0
  RETURNING id
)`,
  valuesOf: ({ outbox }) =>
    outbox.length === 0
      ? [0, null, null, null]
      : [outbox.length, outbox[0]!.offset, outbox.at(-1)!.offset, textOf(outbox)],
};

export const OUTBOX_ID = '(SELECT id FROM store_outbox)';

/** Entries as a row holds them. */
function textOf(entries: readonly OutboxEntry[]): string {
  return JSON.stringify(
    entries.map(({ offset, seq, outcome, traceparent }) =>
      traceparent === undefined ? [offset, seq, outcome] : [offset, seq, outcome, traceparent],
    ),
  );
}

/** @returns undefined where these are not so many entries */
function entriesIn(text: string, count: number): OutboxEntry[] | undefined {
  try {
    const parts = JSON.parse(text) as [number, number, OutboxEntry['outcome'], string?][];
    return parts.length === count
      ? parts.map(([offset, seq, outcome, traceparent]) => ({ offset, seq, outcome, traceparent }))
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One probe of the primary key for each partition, however long the outbox is. Materialized, so that only partitions with
 * entries are locked.
 */
export const LOCK_SQL = `
WITH waiting AS MATERIALIZED (
  SELECT p.partition FROM unnest($1::int[]) AS p(partition)
   CROSS JOIN LATERAL (SELECT FROM library.outbox o WHERE o.partition = p.partition
                        ORDER BY o.partition, o.id LIMIT 1) AS oldest)
SELECT partition FROM waiting WHERE pg_try_advisory_xact_lock($2, partition)`;

/** The oldest rows of each partition: read by the primary key, in its order, and without their entries. */
export const OLDEST_SQL = `
SELECT t.* FROM unnest($1::int[]) AS p(partition)
 CROSS JOIN LATERAL (SELECT o.partition, o.id, o.count, o.done FROM library.outbox o WHERE o.partition = p.partition
                      ORDER BY o.partition, o.id LIMIT ${MOST_ROWS}) AS t
 ORDER BY t.partition, t.id`;

const READ_SQL = `
SELECT o.outcomes FROM unnest($1::int[], $2::bigint[]) WITH ORDINALITY AS r(partition, id, place)
  JOIN library.outbox o ON o.partition = r.partition AND o.id = r.id ORDER BY r.place`;

const ADVANCE_SQL = `
WITH advanced AS (
  SELECT * FROM unnest($1::int[], $2::bigint[], $3::int[], $4::int[]) AS a(partition, id, count, done)),
published AS (
  DELETE FROM library.outbox o USING advanced a WHERE o.partition = a.partition AND o.id = a.id AND a.done = a.count)
UPDATE library.outbox o SET done = a.done FROM advanced a WHERE o.partition = a.partition AND o.id = a.id AND a.done < a.count`;

const SET_ASIDE_SQL = `
INSERT INTO library.outbox_set_aside (partition, "offset", seq, outcome, reason) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (partition, "offset", seq) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, set_aside_at = now()`;

/**
 * How many outcomes wait to be published, and how long ago the oldest of them was stored, in seconds.
 * @param pool any of the live database
 */
export async function outboxState(pool: Pool): Promise<{ outcomes: number; seconds: number }> {
  const { rows } = await pool.query<{ outcomes: number; seconds: number }>(
    `SELECT coalesce(sum(count - done), 0)::float8 AS outcomes,
            coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(stored_at))), 0)::float8 AS seconds
       FROM library.${OUTBOX}`,
  );
  return rows[0]!;
}

/** The outbox, as one transaction of the relay sees it. */
export class Outbox {
  constructor(private readonly client: PoolClient) {}

  /**
   * Locks those of the partitions that have entries and that no other instance has locked, until the transaction ends. What
   * is read afterwards is not older than the lock: each statement has a snapshot of its own.
   */
  async lock(partitions: readonly number[]): Promise<number[]> {
    const { rows } = await this.client.query<{ partition: number }>({
      name: 'outbox-lock',
      text: LOCK_SQL,
      values: [partitions, LOCK],
    });
    return rows.map(({ partition }) => partition);
  }

  /** The oldest rows of each partition, in their order: as many as the portion takes, and one at least. */
  async oldest(portions: readonly Portion[]): Promise<OutboxRow[]> {
    const { rows } = await this.client.query<OutboxRow>({
      name: 'outbox-oldest',
      text: OLDEST_SQL,
      values: [portions.map(({ partition }) => partition)],
    });
    const left = new Map(portions.map(({ partition, entries }) => [partition, entries]));
    return rows.filter(({ partition, count, done }) => {
      const room = left.get(partition)!;
      left.set(partition, room - (count - done));
      return room > 0;
    });
  }

  /** The entries of rows that are there, each row's all; undefined where they cannot be read. */
  async read(rows: readonly OutboxRow[]): Promise<(OutboxEntry[] | undefined)[]> {
    if (rows.length === 0) return [];
    const found = await this.client.query<{ outcomes: string }>({
      name: 'outbox-read',
      text: READ_SQL,
      values: [rows.map(({ partition }) => partition), rows.map(({ id }) => id)],
    });
    return found.rows.map(({ outcomes }, i) => entriesIn(outcomes, rows[i]!.count));
  }

  /** Notes how far the rows are done with, and deletes those that are wholly. */
  async advance(rows: readonly OutboxRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.client.query({
      name: 'outbox-advance',
      text: ADVANCE_SQL,
      values: [
        rows.map(({ partition }) => partition),
        rows.map(({ id }) => id),
        rows.map(({ count }) => count),
        rows.map(({ done }) => done),
      ],
    });
  }

  /** Keeps an entry that can never be published in `outbox_set_aside`. Its row has to be advanced beyond it. */
  async setAside(partition: number, { offset, seq, outcome }: OutboxEntry, reason: string): Promise<void> {
    await this.client.query(SET_ASIDE_SQL, [partition, offset, seq, outcome, reason]);
  }
}
