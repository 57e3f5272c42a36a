import type { Pool, PoolClient } from 'pg';
import { formatPosition, type Position } from '../../infra/event-log/log';
import { inTransaction } from '../../infra/postgres/transaction';
import { beginEpoch, type ConsumerOfTopic } from '../projector/checkpoint';
import type { SetAsideRecord } from '../projector/set-aside-record';

/** A row of `dead_letters`: a record that is set aside, or was discarded. */
export interface StoredDeadLetter extends ConsumerOfTopic {
  readonly record: SetAsideRecord['record'];
  readonly bookId: string | null;
  readonly status: 'dead' | 'parked' | 'discarded';
  readonly reason: string | null;
  readonly setAsideAt: Date;
}

/** A dead letter in a list, without its bytes. */
export interface DeadLetterSummary extends Position, ConsumerOfTopic {
  readonly bookId: string | null;
  readonly status: StoredDeadLetter['status'];
  readonly reason: string | null;
  readonly setAsideAt: Date;
  /** How many later records of the book wait behind it. */
  readonly behind: number;
}

/** What blocks a book in one consumer's view: the unit that is retried. */
export interface RetryUnit extends ConsumerOfTopic {
  readonly partition: number;
  /** Null: a single record, which blocks no book. */
  readonly bookId: string | null;
  /** The offset of its oldest record. */
  readonly offset: number;
}

export interface DeadLetterFilter {
  readonly consumer?: string | undefined;
  readonly bookId?: string | undefined;
  readonly position?: Position | undefined;
  readonly topic?: string | undefined;
  /** Also those that were discarded. */
  readonly all?: boolean | undefined;
}

interface Row {
  consumer: string;
  topic: string;
  partition: number;
  offset: string;
  book_id: string | null;
  status: StoredDeadLetter['status'];
  reason: string | null;
  set_aside_at: Date;
  behind: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, string>;
  timestamp: Date;
}

const FILTER = `($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR book_id = $2) AND ($3::int IS NULL OR partition = $3)
  AND ($4::bigint IS NULL OR "offset" = $4) AND ($5::text IS NULL OR topic = $5) AND ($6 OR status <> 'discarded')`;

function valuesOf({ consumer, bookId, position, topic, all }: DeadLetterFilter): unknown[] {
  return [
    consumer ?? null,
    bookId ?? null,
    position?.partition ?? null,
    position?.offset ?? null,
    topic ?? null,
    all ?? false,
  ];
}

/** What a consumer has set aside at present. */
export interface SetAsideCounts {
  readonly consumer: string;
  /** Records that could not be projected. */
  readonly dead: number;
  /** Records that wait behind them. */
  readonly parked: number;
  /** Books whose events wait. */
  readonly books: number;
}

/** The records that the consumers of a database have set aside. */
export class DeadLetterTable {
  constructor(private readonly pool: Pool) {}

  /** Dead records, oldest first; and parked records that have no dead one before them any more. */
  async list(filter: DeadLetterFilter): Promise<DeadLetterSummary[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT * FROM (
         SELECT d.consumer, d.topic, d.partition, d."offset", d.book_id, d.status, d.reason, d.set_aside_at,
                (SELECT count(*)::int FROM library.dead_letters p
                  WHERE p.consumer = d.consumer AND p.topic = d.topic AND p.book_id = d.book_id AND p.status = 'parked'
                    AND p."offset" > d."offset") AS behind
           FROM library.dead_letters d
          WHERE ${FILTER} AND (status <> 'parked' OR NOT EXISTS (
                  SELECT FROM library.dead_letters b WHERE b.consumer = d.consumer AND b.topic = d.topic AND b.book_id = d.book_id
                     AND b.status <> 'discarded' AND b."offset" < d."offset"))) AS heads
        ORDER BY set_aside_at, topic, partition, "offset", consumer`,
      valuesOf(filter),
    );
    return rows.map(({ behind, ...row }) => {
      const { record, ...kept } = toDeadLetter({
        ...row,
        key: null,
        value: null,
        headers: {},
        timestamp: row.set_aside_at,
      });
      return { ...kept, partition: record.partition, offset: record.offset, behind };
    });
  }

  /** Whole records, in the order of the stream. */
  async find(filter: DeadLetterFilter, limit = 1_000): Promise<StoredDeadLetter[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT consumer, topic, partition, "offset", book_id, status, reason, set_aside_at, key, value, headers, "timestamp"
         FROM library.dead_letters WHERE ${FILTER} ORDER BY topic, partition, "offset", consumer LIMIT $7`,
      [...valuesOf(filter), limit],
    );
    return rows.map(toDeadLetter);
  }

  /** The books that are blocked in some consumer's view, and single records that block none. */
  async retryUnits(filter: DeadLetterFilter): Promise<RetryUnit[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT consumer, topic, partition, book_id, min("offset") AS "offset" FROM library.dead_letters d
        WHERE (consumer, topic, partition, coalesce(book_id, "offset"::text)) IN (
                SELECT consumer, topic, partition, coalesce(book_id, "offset"::text) FROM library.dead_letters WHERE ${FILTER})
          AND status <> 'discarded'
        GROUP BY consumer, topic, partition, book_id, CASE WHEN book_id IS NULL THEN "offset" END
        ORDER BY topic, partition, "offset", consumer`,
      valuesOf(filter),
    );
    return rows.map(({ consumer, topic, partition, book_id: bookId, offset }) => ({
      consumer,
      topic,
      partition,
      bookId,
      offset: Number(offset),
    }));
  }

  /** The records of a unit, from the oldest on. */
  async recordsOf(
    { consumer, topic, partition, bookId, offset }: RetryUnit,
    limit: number,
  ): Promise<StoredDeadLetter[]> {
    return bookId === null
      ? this.find({ consumer, topic, position: { partition, offset } }, 1)
      : this.find({ consumer, topic, bookId }, limit);
  }

  /**
   * Leaves a dead record out for good, in replays too. Its book goes on when the records behind it are retried, or at once
   * where there are none.
   * @returns whether it was dead until now
   */
  async discard(deadLetter: StoredDeadLetter): Promise<boolean> {
    const { consumer, topic, record } = deadLetter;
    return inTransaction(this.pool, async (client) => {
      // First, as a projector does: two transactions that lock the same rows in one order cannot deadlock.
      await beginEpoch(client, deadLetter, record.partition);
      const { rowCount } = await client.query(
        `UPDATE library.dead_letters SET status = 'discarded'
          WHERE consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = $4 AND status = 'dead'`,
        [consumer, topic, record.partition, record.offset],
      );
      return rowCount === 1;
    });
  }
}

/** Counts what these consumers have set aside; a consumer that has nothing set aside is left out. */
export async function countSetAside(pool: Pool, consumers: readonly string[]): Promise<SetAsideCounts[]> {
  const { rows } = await pool.query<SetAsideCounts>({
    name: 'count-set-aside',
    text: `SELECT consumer, count(*) FILTER (WHERE status = 'dead')::int AS dead, count(*) FILTER (WHERE status = 'parked')::int AS parked,
                  count(DISTINCT book_id)::int AS books
             FROM library.dead_letters WHERE status <> 'discarded' AND consumer = ANY($1) GROUP BY consumer ORDER BY consumer`,
    values: [consumers],
  });
  return rows;
}

/** The records that were discarded, by position (`formatPosition`). */
export async function discardedPositions(
  database: Pool | PoolClient,
  { consumer, topic }: ConsumerOfTopic,
): Promise<Set<string>> {
  const { rows } = await database.query<{ partition: number; offset: string }>(
    `SELECT partition, "offset" FROM library.dead_letters WHERE consumer = $1 AND topic = $2 AND status = 'discarded'`,
    [consumer, topic],
  );
  return new Set(rows.map(({ partition, offset }) => formatPosition({ partition, offset: Number(offset) })));
}

function toDeadLetter(row: Omit<Row, 'behind'>): StoredDeadLetter {
  const {
    consumer,
    topic,
    partition,
    offset,
    book_id: bookId,
    status,
    reason,
    set_aside_at: setAsideAt,
  } = row;
  const headers = Object.entries(row.headers).map(
    ([name, value]) => [name, Buffer.from(value, 'base64')] as const,
  );
  return {
    consumer,
    topic,
    bookId,
    status,
    reason,
    setAsideAt,
    record: {
      partition,
      offset: Number(offset),
      key: row.key,
      value: row.value,
      headers: Object.fromEntries(headers),
      timestamp: row.timestamp.getTime(),
    },
  };
}
