import type { FieldType, RecordSchema } from '../../../schemas/event-set';
import { LIBRARY_EVENTS, type LibraryEvent } from '../../../schemas/generated/events';
import { countCopies, type Book } from '../../domain/book';
import type { QueueMarks } from '../../domain/queue';
import {
  column,
  computed,
  defineTable,
  eventFields,
  fixed,
  insertedOnly,
  key,
  notCompared,
  PARTITION,
} from '../../projector/table';
import type { CopyRow, HistoryRow, ReservationRow } from './fold-batch';

/** A book of the catalogue, as it is after the batch. */
type BookRow = NonNullable<Book['entry']> &
  ReturnType<typeof countCopies> &
  Pick<Book, 'bookId' | 'waiting' | 'nextTicket'> & {
    readonly marks: QueueMarks | undefined;
    /** The offset of its last event. */
    readonly last: number;
  };

/** @returns nothing for a book that was never catalogued: it has a history, and no other rows */
export function bookRowOf([book, last]: readonly [Book, number]): BookRow[] {
  const { bookId, entry, copies, waiting, nextTicket, queue } = book;
  if (!entry) return [];
  const counts = countCopies(copies.values());
  return [{ bookId, ...entry, ...counts, waiting, nextTicket, marks: queue.marks(), last }];
}

const BOOK_ID = key('text', (row: BookRow) => row.bookId);

const COUNTS = {
  total: column('int', (row: BookRow) => row.total),
  available: column('int', (row: BookRow) => row.available),
  reserved: column('int', (row: BookRow) => row.reserved),
  on_loan: column('int', (row: BookRow) => row.onLoan),
  waiting: column('int', (row: BookRow) => row.waiting),
  last_ticket: column('bigint', (row: BookRow) => row.nextTicket - 1),
  // Not compared: a database that had long queues before it had marks has none until something happens to those books.
  queue_tickets: notCompared(column('bigint[]', (row: BookRow) => row.marks?.tickets ?? null)),
  queue_places: notCompared(column('bigint[]', (row: BookRow) => row.marks?.places ?? null)),
  queue_at: notCompared(column('bigint', (row: BookRow) => (row.marks ? row.last : null))),
};

export const BOOKS = defineTable<BookRow>('books', {
  book_id: BOOK_ID,
  title: column('text', (row) => row.title),
  authors: column('jsonb', (row) => row.authors),
  isbn: column('text', (row) => row.isbn),
  year: column('int', (row) => row.year),
  ...COUNTS,
});

/**
 * Books that are in the table already, and whose entry has not changed: writing it again would make their words anew, and their
 * places in the index of words.
 */
export const BOOK_COUNTS = defineTable<BookRow>('books', {
  book_id: BOOK_ID,
  title: computed(() => `''`, 'kept'),
  authors: computed(() => `'[]'::jsonb`, 'kept'),
  ...COUNTS,
});

export const COPIES = defineTable<CopyRow>('copies', {
  book_id: key('text', (row) => row.bookId),
  copy_id: key('text', ({ copy }) => copy.copyId),
  status: column('text', ({ copy }) => copy.status),
  reservation_id: column('uuid', ({ copy }) => copy.reservationId),
  user_id: column('text', ({ copy }) => copy.userId),
});

export const RESERVATIONS = defineTable<ReservationRow>('reservations', {
  book_id: key('text', (row) => row.bookId),
  reservation_id: key('uuid', ({ reservation }) => reservation.reservationId),
  user_id: fixed('text', ({ reservation }) => reservation.userId),
  status: column('text', ({ reservation }) => reservation.status),
  copy_id: column('text', ({ reservation }) => reservation.copyId),
  ticket: fixed('bigint', ({ reservation }) => reservation.ticket),
  pickup_by: column('timestamp', ({ reservation }) => reservation.pickupBy),
  ready_since: column('timestamp', ({ reservation }) => reservation.readySince),
  rejection: fixed('text', ({ reservation }) => reservation.rejection),
  suspended: column('boolean', ({ reservation }) => reservation.suspended),
  reserved_at: fixed('timestamp', ({ reservation }) => reservation.reservedAt),
  updated_at: column('timestamp', (row) => row.updatedAt),
  partition: PARTITION,
  offset: column('bigint', ({ position }) => position.offset),
});

/** Reservations whose ID is new. One that is taken is an error: the batch is projected again with that reservation. */
export const NEW_RESERVATIONS = insertedOnly(RESERVATIONS);

/** An event that is in the history already is an error: the batch is projected again without it. */
export const HISTORY = defineTable<HistoryRow>('history', {
  book_id: fixed('text', ({ event }) => event.bookId),
  partition: PARTITION,
  offset: fixed('bigint', ({ position }) => position.offset),
  event_id: fixed('uuid', ({ event }) => event.eventId),
  type: fixed('text', ({ event }) => event.type),
  occurred_at: fixed('timestamp', ({ event }) => event.occurredAt),
  // An event that was stored before its type got a new optional field lacks the field.
  data: eventFields(fixed('jsonb', ({ event }) => ownFields(event))),
  code: fixed('text', (row) => row.code),
});

const isTime = (type: FieldType): boolean =>
  isUnion(type) ? type.some(isTime) : typeof type === 'object' && type.logicalType === 'timestamp-millis';

/** The fields of events that are times, by type. */
const TIMES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values<RecordSchema>(LIBRARY_EVENTS.schemas).map(({ name, fields }) => [
    name,
    fields.filter(({ type }) => isTime(type)).map((field) => field.name),
  ]),
);

function isUnion(type: FieldType): type is readonly FieldType[] {
  return Array.isArray(type);
}

/** The event without what all events have in common. Times are ISO 8601, as readers of the history get them. */
function ownFields({ type, eventId, occurredAt, bookId, ...own }: LibraryEvent): object {
  const fields: Record<string, unknown> = own;
  for (const name of TIMES.get(type) ?? []) {
    const time = fields[name];
    if (typeof time === 'number') fields[name] = new Date(time).toISOString();
  }
  return fields;
}
