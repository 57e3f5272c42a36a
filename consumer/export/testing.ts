import type { LogRecord } from '../../infra/event-log/log';
import { headersOf } from '../../schemas/codec/cloudevents';
import { LIBRARY_EVENTS, type LibraryEvent } from '../../schemas/generated/events';
import { registryOf } from '../../schemas/registry/registry-double';
import type { EventRow } from './row';
import { eventSetSource } from './source';

/** The topic of reservations, for tests of how rows are written. */
export const SOURCE = eventSetSource('reservations', LIBRARY_EVENTS, registryOf(LIBRARY_EVENTS));

const STORED_AT = Date.UTC(2026, 2, 1, 9, 30, 0, 7);
const HEAD = { occurredAt: Date.UTC(2026, 2, 1, 9, 29, 59, 999), bookId: 'moby-dick' };
const ID = '0197a1f4-7e6b-7c3d-9a58-2f4b6c8d0e1f';
const RESERVATION = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';

/** A row as it is read from the stream, at offset 7 of partition 3. */
export function rowOf(event: LibraryEvent, changes: Partial<LogRecord> = {}): EventRow {
  const headers = Object.entries(headersOf(event, { source: '/test' })).map(([name, text]) => [
    name,
    Buffer.from(text),
  ]);
  const record: LogRecord = {
    partition: 3,
    offset: 7,
    timestamp: STORED_AT,
    key: Buffer.from(event.bookId),
    value: Buffer.alloc(0),
    headers: Object.fromEntries(headers) as LogRecord['headers'],
    ...changes,
  };
  return { record, event };
}

/** Text with everything that formats have to escape. */
export const AWKWARD = 'Moby "Dick",\nor: the whäle \\ 鯨 🐋';

export const CATALOGUED = rowOf({
  type: 'BookCatalogued',
  eventId: ID,
  ...HEAD,
  title: AWKWARD,
  authors: ['Herman Melville', 'A "friend"'],
  isbn: null,
  year: 1851,
});

export const RESERVED = rowOf({
  type: 'BookReserved',
  eventId: ID,
  ...HEAD,
  reservationId: RESERVATION,
  userId: 'ishmael',
});

export const CANCELLED = rowOf({
  type: 'ReservationCancelled',
  eventId: ID,
  ...HEAD,
  reservationId: RESERVATION,
  userId: null,
  reason: null,
});
