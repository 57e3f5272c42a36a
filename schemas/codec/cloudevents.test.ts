import { encodeRecord, headersOf } from './cloudevents';
import { encoderWith } from './encoder';
import { LIBRARY_EVENTS, type LibraryEvent } from '../generated/events';
import { idsOf } from '../registry/registry-double';

const event: LibraryEvent = {
  type: 'CopyReturned',
  eventId: '0197a1f4-7e6b-7c3d-9a58-2f4b6c8d0e1f',
  occurredAt: Date.parse('2026-07-01T12:30:00.005Z'),
  bookId: 'book-1',
  copyId: 'c1',
};

const HEADERS = {
  ce_specversion: '1.0',
  ce_id: '0197a1f4-7e6b-7c3d-9a58-2f4b6c8d0e1f',
  ce_type: 'library.CopyReturned',
  ce_source: '/library/api',
  ce_time: '2026-07-01T12:30:00.005Z',
  ce_subject: 'book-1',
  'content-type': 'application/avro',
};

test('the headers name the event, its type, source, time and subject', () => {
  expect(headersOf(event, { source: '/library/api' })).toStrictEqual(HEADERS);
});

test('the trace is a header where there is one', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  expect(headersOf(event, { source: '/library/api', traceparent })).toStrictEqual({
    ...HEADERS,
    traceparent,
  });
  expect(headersOf(event, { source: '/library/api', traceparent: undefined })).toStrictEqual(HEADERS);
});

test('a record is keyed by its book', () => {
  const encoder = encoderWith(LIBRARY_EVENTS, idsOf(LIBRARY_EVENTS));
  expect(encodeRecord(event, encoder, { source: '/library/api' })).toStrictEqual({
    key: 'book-1',
    value: encoder.encode(event),
    headers: HEADERS,
  });
});
