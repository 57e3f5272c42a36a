import type { Pool } from 'pg';
import type { ConsumerOfTopic } from '../projector/checkpoint';

/** What is set aside in a partition of what a retry was asked for, as it is now. */
export interface HeldNow {
  /** From which offset on the records of each book wait; a book that is held up no longer is missing. */
  readonly fromOffsets: ReadonlyMap<string, number>;
  /** The offsets of dead records. */
  readonly dead: ReadonlySet<number>;
}

/** A book up to whose `clearUntil` a retry has projected all records. */
export interface ClearBook {
  readonly bookId: string;
  /** As it is stored. */
  readonly fromOffset: number;
  readonly clearUntil: number;
}

export interface Released {
  readonly bookIds: readonly string[];
  /** The epoch that has begun. */
  readonly epoch: number;
}

/** The books of one consumer that wait behind dead letters, as retries need them. */
export class HeldBooks {
  constructor(
    private readonly pool: Pool,
    private readonly of: ConsumerOfTopic,
  ) {}

  /** @param offsets of single records, which hold up no book */
  async read(partition: number, bookIds: readonly string[], offsets: readonly number[]): Promise<HeldNow> {
    const { rows } = await this.pool.query<{ book_id: string | null; at: string; is_dead: boolean }>(
      `SELECT book_id, from_offset AS at, false AS is_dead FROM library.held_books
        WHERE consumer = $1 AND topic = $2 AND partition = $3 AND book_id = ANY($4)
       UNION ALL
       SELECT book_id, "offset", true FROM library.dead_letters
        WHERE consumer = $1 AND topic = $2 AND partition = $3 AND status = 'dead' AND (book_id = ANY($4) OR "offset" = ANY($5))`,
      [this.of.consumer, this.of.topic, partition, bookIds, offsets],
    );
    const held = rows.flatMap(({ book_id: bookId, at, is_dead: isDead }) =>
      isDead || bookId === null ? [] : [[bookId, Number(at)] as const],
    );
    const dead = rows.filter(({ is_dead: isDead }) => isDead).map(({ at }) => Number(at));
    return { fromOffsets: new Map(held), dead: new Set(dead) };
  }

  /**
   * Releases the books of which no record waits: those that are clear up to where the consumer stands. A new epoch begins
   * with that, so that a projector that knows them as blocked reads the state again.
   * @returns undefined when none was released, or the epoch has ended; another retry may have changed a book as well
   */
  async release(
    partition: number,
    epoch: number,
    books: readonly ClearBook[],
  ): Promise<Released | undefined> {
    // The checkpoint first, as a projector does: two transactions that lock the same rows in one order cannot deadlock.
    const { rows } = await this.pool.query<{ book_id: string; epoch: string }>(
      `WITH clear AS (
         SELECT * FROM jsonb_to_recordset($5::jsonb) AS c("bookId" text, "fromOffset" bigint, "clearUntil" bigint)
       ), checkpoint AS (
         UPDATE library.progress SET epoch = epoch + 1
          WHERE consumer = $1 AND topic = $2 AND partition = $3 AND epoch = $4
            AND next_offset <= (SELECT max("clearUntil") FROM clear)
         RETURNING next_offset, epoch)
       DELETE FROM library.held_books h USING checkpoint p, clear c
        WHERE h.consumer = $1 AND h.topic = $2 AND h.partition = $3
          AND h.book_id = c."bookId" AND h.from_offset = c."fromOffset" AND p.next_offset <= c."clearUntil"
       RETURNING h.book_id, p.epoch`,
      [this.of.consumer, this.of.topic, partition, epoch, JSON.stringify(books)],
    );
    if (rows.length === 0) return undefined;
    return { bookIds: rows.map(({ book_id: bookId }) => bookId), epoch: Number(rows[0]!.epoch) };
  }
}
