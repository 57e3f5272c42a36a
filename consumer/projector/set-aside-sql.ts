import type { SetAsideRecord } from './set-aside-record';

/**
 * What the engine itself needs of the tables `dead_letters` and `held_books`: dead records are stored whole, parked ones are
 * only counted at their book. Kafka keeps them.
 */

/** The parameters that identify a partition of a consumer, as they are numbered in the statement: `$1`. */
export interface PartitionParameters {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: string;
}

/**
 * A part of a WITH list that follows `fence`: it inserts dead records. One that is dead already gets the new reason.
 * @param records the parameter with the document of `deadDocument`
 */
export function deadSql({ consumer, topic, partition }: PartitionParameters, records: string): string {
  return `set_aside AS (
  INSERT INTO dead_letters AS d (consumer, topic, partition, "offset", book_id, status, reason, key, value, headers, "timestamp")
  SELECT ${consumer}, ${topic}, ${partition}, r."offset", r.book_id, 'dead', r.reason, decode(r.key, 'base64'), decode(r.value, 'base64'), r.headers,
         to_timestamp(r."timestamp" / 1000.0)
    FROM fence, jsonb_to_recordset(${records}::jsonb)
      AS r("offset" bigint, book_id text, reason text, key text, value text, headers jsonb, "timestamp" bigint)
  ON CONFLICT (consumer, topic, partition, "offset") DO UPDATE SET reason = excluded.reason WHERE d.status = 'dead'
)`;
}

/**
 * A part of a WITH list that follows `fence`: it holds books up, from their first set-aside record on, and counts the parked
 * records of those that are held up already.
 * @param books the parameter with the document of `heldDocument`
 */
export function holdSql({ consumer, topic, partition }: PartitionParameters, books: string): string {
  return `hold AS (
  INSERT INTO held_books AS h (consumer, topic, partition, book_id, from_offset, parked)
  SELECT ${consumer}, ${topic}, ${partition}, r.book_id, r.from_offset, r.parked
    FROM fence, jsonb_to_recordset(${books}::jsonb) AS r(book_id text, from_offset bigint, parked bigint)
  ON CONFLICT (consumer, topic, partition, book_id) DO UPDATE SET parked = h.parked + excluded.parked
)`;
}

/** A subquery: the books of a partition that are held up, as an array. */
export function blockedBooksSql({ consumer, topic, partition }: PartitionParameters): string {
  return `ARRAY(SELECT book_id FROM held_books WHERE consumer = ${consumer} AND topic = ${topic} AND partition = ${partition})`;
}

/**
 * A condition on `book_id`: whether the availability view takes events of the book at present. A decision about a blocked
 * book would only be parked as well, and be made again and again meanwhile.
 */
export const NOT_BLOCKED = `book_id NOT IN (SELECT h.book_id FROM library.held_books h WHERE h.consumer = 'availability')`;

/** The dead ones of these records as one JSON document: bytes as Base64, times in milliseconds since the epoch. */
export function deadDocument(records: readonly SetAsideRecord[]): string {
  if (records.length === 0) return '[]';
  return JSON.stringify(
    records
      .filter(({ status }) => status === 'dead')
      .map(({ record, bookId, reason }) => ({
        offset: record.offset,
        book_id: bookId,
        reason,
        key: record.key?.toString('base64') ?? null,
        value: record.value?.toString('base64') ?? null,
        headers: base64Of(record.headers),
        timestamp: isTime(record.timestamp) ? record.timestamp : null,
      })),
  );
}

/** The books of these records as one JSON document: each with its first offset and the number of parked records. */
export function heldDocument(records: readonly SetAsideRecord[]): string {
  if (records.length === 0) return '[]';
  const books = new Map<string, { book_id: string; from_offset: number; parked: number }>();
  for (const { record, bookId, status } of records) {
    if (bookId === null) continue;
    const book = books.get(bookId) ?? { book_id: bookId, from_offset: record.offset, parked: 0 };
    if (status === 'parked') book.parked += 1;
    books.set(bookId, book);
  }
  return JSON.stringify([...books.values()]);
}

/** The years 1 to 9999. The timestamp of a record is its producer's: any 64 bits. */
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
const isTime = (timestamp: number) => timestamp >= EARLIEST && timestamp <= LATEST;

function base64Of(headers: SetAsideRecord['record']['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, bytes]) => [storable(name), bytes.toString('base64')]),
  );
}

/** The name of a header as Postgres can store it. */
function storable(name: string): string {
  return name.toWellFormed().replaceAll('\0', '');
}
