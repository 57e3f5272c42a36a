import type { Pool } from 'pg';
import type { Log, LogRecord, Position } from '../../infra/event-log/log';
import type { DeadLetterFilter, StoredDeadLetter } from './dead-letter-table';

interface Row {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly book_id: string;
  readonly from_offset: string;
  readonly next_offset: string;
  readonly held_at: Date;
}

/** Records that wait behind a dead one of their book. They are not stored: the log has them. */
export class ParkedRecords {
  constructor(
    private readonly pool: Pool,
    private readonly log: Pick<Log, 'read'>,
  ) {}

  /**
   * The records at a position that are parked, one for each consumer; of a book that waits from there on, its first record.
   * Dead records are not among them: see `DeadLetterTable`.
   */
  async find({ position, ...filter }: DeadLetterFilter): Promise<StoredDeadLetter[]> {
    if (!position) return [];
    const { partition, offset } = position;
    const found: StoredDeadLetter[] = [];
    for (const topic of await this.topicsHeld(position, filter)) {
      const record = await this.first(topic, partition, offset, offset + 1, () => true);
      const bookId = record?.key?.toString();
      const held = bookId === undefined ? [] : await this.heldBooks(topic, partition, { ...filter, bookId });
      const parked = held.filter((row) => waitsAt(row, offset));
      found.push(...parked.map((row) => toParked(row, record!)));
      if (parked.length === 0) found.push(...(await this.waitingFrom(topic, partition, offset, filter)));
    }
    return found;
  }

  private async waitingFrom(
    topic: string,
    partition: number,
    offset: number,
    filter: DeadLetterFilter,
  ): Promise<StoredDeadLetter[]> {
    const found: StoredDeadLetter[] = [];
    for (const row of await this.heldBooks(topic, partition, filter, offset)) {
      const isOfBook = ({ key }: LogRecord) => key?.toString() === row.book_id;
      const record = await this.first(topic, partition, offset, Number(row.next_offset), isOfBook);
      if (record) found.push(toParked(row, record));
    }
    return found;
  }

  private async first(
    topic: string,
    partition: number,
    start: number,
    end: number,
    isWanted: (record: LogRecord) => boolean,
  ): Promise<LogRecord | undefined> {
    for await (const { records } of this.log.read(topic, { ranges: [{ partition, start, end }] })) {
      const wanted = records.find(isWanted);
      if (wanted) return wanted;
    }
    return undefined;
  }

  /** The topics in which some book waits at this position. */
  private async topicsHeld(
    { partition, offset }: Position,
    { consumer, topic, bookId }: DeadLetterFilter,
  ): Promise<string[]> {
    const { rows } = await this.pool.query<{ topic: string }>(
      `SELECT DISTINCT topic FROM library.held_books JOIN library.progress USING (consumer, topic, partition)
        WHERE partition = $1 AND from_offset <= $2 AND next_offset > $2 AND ($3::text IS NULL OR consumer = $3)
          AND ($4::text IS NULL OR topic = $4) AND ($5::text IS NULL OR book_id = $5) ORDER BY topic`,
      [partition, offset, consumer, topic, bookId],
    );
    return rows.map((row) => row.topic);
  }

  /** @param fromOffset absent: wherever they wait from */
  private async heldBooks(
    topic: string,
    partition: number,
    { consumer, bookId }: DeadLetterFilter,
    fromOffset?: number,
  ): Promise<Row[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT h.consumer, h.topic, h.partition, h.book_id, h.from_offset, p.next_offset, h.held_at
         FROM library.held_books h JOIN library.progress p USING (consumer, topic, partition)
        WHERE h.topic = $1 AND h.partition = $2 AND ($3::text IS NULL OR h.consumer = $3)
          AND ($4::text IS NULL OR h.book_id = $4) AND ($5::bigint IS NULL OR h.from_offset = $5)
        ORDER BY h.consumer`,
      [topic, partition, consumer, bookId, fromOffset],
    );
    return rows;
  }
}

function waitsAt({ from_offset: from, next_offset: next }: Row, offset: number): boolean {
  return Number(from) <= offset && offset < Number(next);
}

function toParked(
  { consumer, topic, book_id: bookId, held_at: setAsideAt }: Row,
  record: LogRecord,
): StoredDeadLetter {
  return { consumer, topic, bookId, status: 'parked', reason: null, setAsideAt, record };
}
