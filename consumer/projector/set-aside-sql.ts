import type { SetAsideRecord } from './set-aside-record';

/** What the engine itself needs of the table `dead_letters`: insert, release, blocked books. */

/** The parameters that identify a partition of a consumer, as they are numbered in the statement: `$1`. */
export interface PartitionParameters {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: string;
}

/**
 * Two parts of a WITH list that follow `fence`: they insert set-aside records and delete released ones. A record that is set
 * aside already gets the new status and reason.
 * @param records the parameter with the document of `setAsideDocument`
 * @param released the parameter with the released offsets, `bigint[]`
 */
export function setAsideSql(
  { consumer, topic, partition }: PartitionParameters,
  records: string,
  released: string,
): string {
  return `set_aside AS (
  INSERT INTO dead_letters AS d (consumer, topic, partition, "offset", book_id, status, reason, key, value, headers, "timestamp")
  SELECT ${consumer}, ${topic}, ${partition}, r."offset", r.book_id, r.status, r.reason, decode(r.key, 'base64'), decode(r.value, 'base64'), r.headers,
         to_timestamp(r."timestamp" / 1000.0)
    FROM fence, jsonb_to_recordset(${records}::jsonb)
      AS r("offset" bigint, book_id text, status text, reason text, key text, value text, headers jsonb, "timestamp" bigint)
  ON CONFLICT (consumer, topic, partition, "offset") DO UPDATE SET status = excluded.status, reason = excluded.reason
), release AS (
  DELETE FROM dead_letters d USING fence
   WHERE d.consumer = ${consumer} AND d.topic = ${topic} AND d.partition = ${partition} AND d."offset" = ANY(${released}::bigint[])
)`;
}

/** A subquery: the books of a partition that are blocked, as an array. */
export function blockedBooksSql({ consumer, topic, partition }: PartitionParameters): string {
  return `ARRAY(SELECT DISTINCT book_id FROM dead_letters
           WHERE consumer = ${consumer} AND topic = ${topic} AND partition = ${partition} AND status <> 'discarded' AND book_id IS NOT NULL)`;
}

/**
 * A condition on `book_id`: whether the availability view takes events of the book at present. A decision about a blocked
 * book would only be parked as well, and be made again and again meanwhile.
 */
export const NOT_BLOCKED = `book_id NOT IN (
  SELECT d.book_id FROM library.dead_letters d
   WHERE d.consumer = 'availability' AND d.status <> 'discarded' AND d.book_id IS NOT NULL)`;

/** Set-aside records as one JSON document: bytes as Base64, times in milliseconds since the epoch. */
export function setAsideDocument(records: readonly SetAsideRecord[]): string {
  if (records.length === 0) return '[]';
  return JSON.stringify(
    records.map(({ record, bookId, status, reason }) => ({
      offset: record.offset,
      book_id: bookId,
      status,
      reason,
      key: record.key?.toString('base64') ?? null,
      value: record.value?.toString('base64') ?? null,
      headers: base64Of(record.headers),
      timestamp: record.timestamp,
    })),
  );
}

function base64Of(headers: SetAsideRecord['record']['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, bytes]) => [storable(name), bytes.toString('base64')]),
  );
}

/** The name of a header as Postgres can store it. */
function storable(name: string): string {
  return name.toWellFormed().replaceAll('\0', '');
}
