import type { LogRecord } from '../../infra/event-log/log';
import { partitionOf } from '../../infra/event-log/murmur2';
import { fieldOf, type StreamEvent } from './row';

/** Which events are wanted: those that meet every condition that is given. */
export interface Filter {
  readonly partition?: number | undefined;
  readonly book?: string | undefined;
  readonly user?: string | undefined;
  readonly types?: ReadonlySet<string> | undefined;
}

/** Whether the partition can have wanted events: all events of a book are in one partition. */
export function wantsPartition(filter: Filter, partition: number, partitions: number): boolean {
  if (filter.partition !== undefined && filter.partition !== partition) return false;
  return filter.book === undefined || partitionOf(Buffer.from(filter.book), partitions) === partition;
}

/** Whether a record is of another book, by its key alone, without decoding it. */
export function recordFilter({ book }: Filter): (record: LogRecord) => boolean {
  if (book === undefined) return () => true;
  const wanted = Buffer.from(book);
  return ({ key }) => key !== null && wanted.equals(key);
}

export function eventFilter({ book, user, types }: Filter): (event: StreamEvent) => boolean {
  return (event) =>
    (book === undefined || event.bookId === book) &&
    (types === undefined || (event.type !== null && types.has(event.type))) &&
    (user === undefined || fieldOf(event, 'userId') === user);
}
