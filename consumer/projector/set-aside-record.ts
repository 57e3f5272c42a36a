import { partitionOf } from '../../infra/event-log/murmur2';
import type { LogRecord } from '../../infra/event-log/log';
import { isId } from '../../schemas/ids';

/** `dead`: it could not be taken. `parked`: it comes after a dead one of the same book, and waits. */
type LetterStatus = 'dead' | 'parked';

/** A record that is set aside, whole, so that nothing is lost and the order of its book is kept. */
export interface SetAsideRecord {
  readonly record: LogRecord;
  /** The book whose later events have to wait behind it; null where the record is not one of a book of its partition. */
  readonly bookId: string | null;
  readonly status: LetterStatus;
  /** Why it could not be taken; null while it is only parked. */
  readonly reason: string | null;
}

const LONGEST_REASON = 1_000;

export function deadLetter(record: LogRecord, error: Error, bookId: string | null): SetAsideRecord {
  // What a library or Postgres says may quote the record, and so be anything.
  const reason = error.message.toWellFormed().replaceAll('\0', '').slice(0, LONGEST_REASON);
  return { record, bookId, status: 'dead', reason };
}

export function parkedRecord(record: LogRecord, bookId: string): SetAsideRecord {
  return { record, bookId, status: 'parked', reason: null };
}

/**
 * The book that the record's key names, if a record with that key belongs in this partition: else it stands in no order
 * with the book's events, and holds up none of them.
 */
export function bookOf({ key, partition }: LogRecord, partitions: number): string | null {
  if (key === null || partitionOf(key, partitions) !== partition) return null;
  const bookId = key.toString();
  return isId(bookId) ? bookId : null;
}
