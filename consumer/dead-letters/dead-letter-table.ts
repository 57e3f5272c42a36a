import type { Pool, PoolClient } from 'pg';
import { formatPosition, type LogRecord, type Position } from '../../infra/event-log/log';
import { inTransaction } from '../../infra/postgres/transaction';
import { beginEpoch, type ConsumerOfTopic } from '../projector/checkpoint';

/** A record that is set aside, or was discarded. */
export interface StoredDeadLetter extends ConsumerOfTopic {
  /** Its timestamp is null where a client has given it a time that no calendar holds. */
  readonly record: Omit<LogRecord, 'timestamp'> & { readonly timestamp: number | null };
  readonly bookId: string | null;
  /** `parked`: it waits behind a dead one of its book, and is only in Kafka. */
  readonly status: 'dead' | 'parked' | 'discarded';
  readonly reason: string | null;
  readonly setAsideAt: Date;
}

/** A dead letter in a list, without its bytes. */
export interface DeadLetterSummary extends Position, ConsumerOfTopic {
  readonly bookId: string | null;
  /** `parked`: a book that waits though nothing before it is dead any more; it does from this offset on. */
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
  /** From which offset on its records wait. */
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

/** Where the page before ended. */
export type DeadLetterCursor = readonly [
  setAsideAt: string,
  topic: string,
  partition: number,
  offset: number,
  consumer: string,
];

/** A part of a list. Absent: all of it. */
export interface DeadLetterPage {
  readonly limit: number;
  readonly cursor?: DeadLetterCursor | undefined;
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
  timestamp: Date | null;
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

  /** Dead records, oldest first; and books that have no dead record before them any more, and wait to be retried. */
  async list(filter: DeadLetterFilter, page?: DeadLetterPage): Promise<DeadLetterSummary[]> {
    const { rows } = await this.pool.query<Omit<Row, 'key' | 'value' | 'headers' | 'timestamp'>>(
      `SELECT * FROM (
         SELECT d.consumer, d.topic, d.partition, d."offset", d.book_id, d.status, d.reason, d.set_aside_at,
                CASE d.status WHEN 'dead' THEN coalesce(h.parked, 0) ELSE 0 END::int AS behind
           FROM library.dead_letters d LEFT JOIN library.held_books h USING (consumer, topic, partition, book_id)
         UNION ALL
         SELECT h.consumer, h.topic, h.partition, h.from_offset, h.book_id, 'parked', NULL, h.held_at, h.parked::int
           FROM library.held_books h
          WHERE NOT EXISTS (
                  SELECT FROM library.dead_letters b WHERE b.consumer = h.consumer AND b.topic = h.topic
                     AND b.partition = h.partition AND b.book_id = h.book_id AND b.status = 'dead')) AS heads
        WHERE ${FILTER}
          AND ($7::timestamptz IS NULL OR (set_aside_at, topic, partition, "offset", consumer) > ($7, $8::text, $9::int, $10::bigint, $11::text))
        ORDER BY set_aside_at, topic, partition, "offset", consumer LIMIT $12`,
      [...valuesOf(filter), ...(page?.cursor ?? [null, null, null, null, null]), page?.limit ?? null],
    );
    return rows.map((row) => ({
      ...{ consumer: row.consumer, topic: row.topic, partition: row.partition, offset: Number(row.offset) },
      ...{ bookId: row.book_id, status: row.status, reason: row.reason, setAsideAt: row.set_aside_at },
      behind: row.behind,
    }));
  }

  /** Whole records, dead or discarded, in the order of the stream. Parked ones: see `ParkedRecords`. */
  async find(filter: DeadLetterFilter): Promise<StoredDeadLetter[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT consumer, topic, partition, "offset", book_id, status, reason, set_aside_at, key, value, headers, "timestamp"
         FROM library.dead_letters WHERE ${FILTER} ORDER BY topic, partition, "offset", consumer LIMIT 1000`,
      valuesOf(filter),
    );
    return rows.map(toDeadLetter);
  }

  /**
   * The books that are held up in some consumer's view, and single records that hold up none.
   * @param filter with a position: that of a dead record, or from where on a book waits
   */
  async retryUnits(filter: DeadLetterFilter): Promise<RetryUnit[]> {
    const { rows } = await this.pool.query<
      Pick<Row, keyof ConsumerOfTopic | 'partition' | 'offset' | 'book_id'>
    >(
      `SELECT consumer, topic, partition, book_id, "offset" FROM library.dead_letters
        WHERE ${FILTER} AND status = 'dead' AND book_id IS NULL
       UNION ALL
       SELECT consumer, topic, partition, book_id, from_offset FROM library.held_books h
        WHERE ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR book_id = $2) AND ($3::int IS NULL OR partition = $3)
          AND ($5::text IS NULL OR topic = $5)
          AND ($4::bigint IS NULL OR from_offset = $4 OR book_id = (
                SELECT d.book_id FROM library.dead_letters d
                 WHERE d.consumer = h.consumer AND d.topic = h.topic AND d.partition = h.partition AND d."offset" = $4
                   AND d.status = 'dead'))
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

  /**
   * Leaves a dead record out for good, in replays too. Its book goes on when the records behind it are retried.
   * @returns whether it was dead until now
   */
  async discard({ consumer, topic, bookId, record }: StoredDeadLetter): Promise<boolean> {
    return inTransaction(this.pool, async (client) => {
      // The checkpoint first, as a projector does: two transactions that lock the same rows in one order cannot deadlock.
      await beginEpoch(client, { consumer, topic }, record.partition);
      const at = [consumer, topic, record.partition, record.offset];
      await client.query(
        `UPDATE library.held_books SET from_offset = $4::bigint + 1
          WHERE consumer = $1 AND topic = $2 AND partition = $3 AND from_offset = $4 AND book_id = $5`,
        [...at, bookId],
      );
      const { rowCount } = await client.query(
        `UPDATE library.dead_letters SET status = 'discarded'
          WHERE consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = $4 AND status = 'dead'`,
        at,
      );
      return rowCount === 1;
    });
  }
}

/** Counts what these consumers have set aside; a consumer that has nothing set aside is left out. */
export async function countSetAside(pool: Pool, consumers: readonly string[]): Promise<SetAsideCounts[]> {
  const { rows } = await pool.query<SetAsideCounts>({
    name: 'count-set-aside',
    text: `SELECT consumer, sum(dead)::int AS dead, sum(parked)::int AS parked, sum(books)::int AS books
             FROM (SELECT consumer, count(*) AS dead, 0 AS parked, 0 AS books FROM library.dead_letters WHERE status = 'dead' GROUP BY consumer
                   UNION ALL
                   SELECT consumer, 0, sum(parked), count(*) FROM library.held_books GROUP BY consumer) AS counts
            WHERE consumer = ANY($1) GROUP BY consumer ORDER BY consumer`,
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

function toDeadLetter(row: Row): StoredDeadLetter {
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
      timestamp: row.timestamp?.getTime() ?? null,
    },
  };
}
