import { partitionOf } from '../../infra/event-log/murmur2';
import type { LogRecord } from '../../infra/event-log/log';
import { isId } from '../../schemas/ids';
import type { Mask } from '../../schemas/forgotten/forgotten-users';

/** `dead`: it could not be projected. `parked`: it comes after a dead record of the same book, and waits. */
type SetAsideStatus = 'dead' | 'parked';

/** A record that is set aside, whole, so that nothing is lost and the order of its book is kept. */
export interface SetAsideRecord {
  readonly record: LogRecord;
  /** The book that it blocks: later events of the book wait. Null where the record belongs to no book of its partition. */
  readonly bookId: string | null;
  readonly status: SetAsideStatus;
  /** Why it could not be projected; null while it is only parked. */
  readonly reason: string | null;
}

const LONGEST_REASON = 1_000;

/** The reason of a dead record whose own might name somebody who was forgotten. */
const REASON_LEFT_OUT = 'it cannot be projected (the details are left out, as a reader was forgotten since)';

/** The record without what might name somebody who was forgotten. @param bookId the book that its key names, if it does */
export function withoutContents(
  { partition, offset, timestamp, key }: LogRecord,
  bookId: string | null,
): LogRecord {
  return { partition, offset, timestamp, key: bookId === null ? null : key, value: null, headers: {} };
}

/**
 * The record as dead, with the error's message as the reason: at most 1,000 characters, storable by Postgres.
 * @param forgotten where it may name somebody who was forgotten, its contents are left out
 */
export function deadRecord(
  record: LogRecord,
  error: Error,
  bookId: string | null,
  forgotten?: Mask,
): SetAsideRecord {
  if (forgotten?.mayName(record))
    return { record: withoutContents(record, bookId), bookId, status: 'dead', reason: REASON_LEFT_OUT };
  // The message of a library or of Postgres may quote the record, and so contain anything.
  const reason = error.message.toWellFormed().replaceAll('\0', '').slice(0, LONGEST_REASON);
  return { record, bookId, status: 'dead', reason };
}

/** The record as parked behind a dead one of its book. */
export function parkedRecord(record: LogRecord, bookId: string): SetAsideRecord {
  return { record, bookId, status: 'parked', reason: null };
}

/**
 * The book that the record's key names, if a record with that key belongs in this partition. Otherwise it is in no defined
 * order with the book's events, and blocks none of them: null.
 */
export function bookOf({ key, partition }: LogRecord, partitions: number): string | null {
  if (key === null || partitionOf(key, partitions) !== partition) return null;
  const bookId = key.toString();
  return isId(bookId) ? bookId : null;
}
