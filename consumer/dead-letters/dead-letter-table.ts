import type { Pool } from 'pg';
import type { Position } from '../../infra/event-log/log';
import type { SetAsideRecord } from '../projector/set-aside-record';
import type { ViewName } from '../replay/view';

/** A letter as it is kept: which consumer could not take it, of which topic. */
export interface StoredDeadLetter {
  readonly consumer: ViewName;
  readonly topic: string;
  readonly record: SetAsideRecord['record'];
  readonly bookId: string | null;
  readonly status: 'dead' | 'parked' | 'discarded';
  readonly reason: string | null;
  readonly setAsideAt: Date;
}

/** A dead letter in a list, without its bytes. */
export interface DeadLetterSummary extends Position {
  readonly consumer: ViewName;
  readonly topic: string;
  readonly bookId: string | null;
  readonly status: StoredDeadLetter['status'];
  readonly reason: string | null;
  readonly setAsideAt: Date;
  /** How many later records of the book wait behind it. */
  readonly behind: number;
}

/** What holds up a book in one consumer's view: the unit that is retried. */
export interface RetryUnit {
  readonly consumer: ViewName;
  readonly topic: string;
  readonly partition: number;
  /** Null: one record by itself, which holds up nothing. */
  readonly bookId: string | null;
  /** The oldest of its letters. */
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
  consumer: ViewName;
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

/** The letters that the consumers of a database have set aside. */
export class DeadLetterTable {
  constructor(private readonly pool: Pool) {}

  /** What is dead, oldest first; not what only waits behind it, unless nothing dead is left before it. */
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
      const { record, ...kept } = toLetter({
        ...row,
        key: null,
        value: null,
        headers: {},
        timestamp: row.set_aside_at,
      });
      return { ...kept, partition: record.partition, offset: record.offset, behind };
    });
  }

  /** Whole letters, in the order of the stream. */
  async find(filter: DeadLetterFilter, limit = 1_000): Promise<StoredDeadLetter[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT consumer, topic, partition, "offset", book_id, status, reason, set_aside_at, key, value, headers, "timestamp"
         FROM library.dead_letters WHERE ${FILTER} ORDER BY topic, partition, "offset", consumer LIMIT $7`,
      [...valuesOf(filter), limit],
    );
    return rows.map(toLetter);
  }

  /** The books, and records by themselves, that are held up in some consumer's view. */
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

  /** The letters of what is held up, from the oldest on. */
  async recordsOf(
    { consumer, topic, partition, bookId, offset }: RetryUnit,
    limit: number,
  ): Promise<StoredDeadLetter[]> {
    return bookId === null
      ? this.find({ consumer, topic, position: { partition, offset } }, 1)
      : this.find({ consumer, topic, bookId }, limit);
  }

  /**
   * Decides that a dead letter is to be left out for good, also by replays. Its book goes on when what waits behind it is
   * retried, or at once where nothing does.
   * @returns whether it was dead until now
   */
  async discard({ consumer, topic, record: { partition, offset } }: StoredDeadLetter): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `WITH discarded AS (
         UPDATE library.dead_letters SET status = 'discarded'
          WHERE consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = $4 AND status = 'dead' RETURNING true
       ), next_epoch AS (
         UPDATE library.progress p SET epoch = epoch + 1 FROM discarded
          WHERE p.consumer = $1 AND p.topic = $2 AND p.partition = $3
       )
       SELECT FROM discarded`,
      [consumer, topic, partition, offset],
    );
    return rowCount === 1;
  }
}

function toLetter(row: Omit<Row, 'behind'>): StoredDeadLetter {
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
