import { MemoryLog } from '../../infra/event-log/memory-log';
import { partitionOf } from '../../infra/event-log/murmur2';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { encoderWith } from '../../schemas/codec/codec';
import { LIBRARY_EVENTS, type LibraryEvent } from '../../schemas/generated/events';
import { idsOf, registryOf } from '../../schemas/registry/registry-double';
import { RegistryUnavailableError } from '../../schemas/registry/registry';
import { event } from '../../test/environment';
import { exportEvents, type Export } from './export';
import { wantsPartition, type Filter } from './filter';
import { formatOf } from './formats/formats';
import { deadLetterSource } from './dead-letter-source';
import { eventSetSource } from './source';

const TOPIC = 'reservations';
const RESERVATION = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const encoder = encoderWith(LIBRARY_EVENTS, idsOf(LIBRARY_EVENTS));
const source = eventSetSource(TOPIC, LIBRARY_EVENTS, registryOf(LIBRARY_EVENTS));

const EVENTS: readonly LibraryEvent[] = [
  event('CopyAdded', { bookId: 'a', copyId: 'a-1' }),
  event('BookReserved', { bookId: 'a', reservationId: RESERVATION, userId: 'ann' }),
  event('BookReserved', { bookId: 'b', reservationId: RESERVATION, userId: 'bob' }),
  event('ReservationCancelled', { bookId: 'a', reservationId: RESERVATION, userId: 'ann', reason: null }),
  event('ReservationCancelled', { bookId: 'b', reservationId: RESERVATION, userId: null, reason: null }),
  event('CopyBorrowed', { bookId: 'b', copyId: 'b-1', userId: 'ann' }),
];

interface Row {
  readonly type: string;
  readonly bookId: string;
}

async function exported(filter: Filter = {}, changes: Partial<Export> = {}) {
  const log = new MemoryLog();
  log.createTopic(TOPIC, 3);
  const appender = log.createAppender();
  await appender.append(
    TOPIC,
    EVENTS.map((each) => encodeRecord(each, encoder, { source: '/test' })),
  );
  await appender.append(TOPIC, [{ key: 'a', value: Buffer.from('no event'), headers: {} }]);
  const left: string[] = [];
  const chunks: Buffer[] = [];
  const result = await exportEvents({
    log,
    source,
    ranges: (await log.bounds(TOPIC)).filter(({ partition }) => wantsPartition(filter, partition, 3)),
    filter,
    limit: Infinity,
    format: formatOf('ndjson', source),
    write: (chunk) => Promise.resolve(void chunks.push(Buffer.from(chunk))),
    signal: new AbortController().signal,
    onRead: () => undefined,
    onBroken: (_, { message }) => left.push(message),
    ...changes,
  });
  const lines = Buffer.concat(chunks).toString().trimEnd().split('\n').filter(Boolean);
  return { result, left, rows: lines.map((line) => JSON.parse(line) as Row) };
}

const inShort = (rows: readonly Row[]) => rows.map(({ bookId, type }) => `${bookId} ${type}`).sort();

describe('an export', () => {
  test('has every event, and reports the records that it left out', async () => {
    const { result, left, rows } = await exported();
    expect(inShort(rows)).toEqual(EVENTS.map(({ bookId, type }) => `${bookId} ${type}`).sort());
    expect(result).toEqual({ read: 7, written: 6, broken: 1 });
    expect(left).toEqual(['The value starts with byte 110 instead of 0: it is not in the wire format.']);
  });

  test.each<[string, Filter, string[]]>([
    ['a book', { book: 'b' }, ['b BookReserved', 'b CopyBorrowed', 'b ReservationCancelled']],
    [
      'a user, who also cancels and borrows',
      { user: 'ann' },
      ['a BookReserved', 'a ReservationCancelled', 'b CopyBorrowed'],
    ],
    ['types', { types: new Set(['CopyAdded', 'CopyBorrowed']) }, ['a CopyAdded', 'b CopyBorrowed']],
    ['all of it together', { book: 'a', user: 'ann', types: new Set(['BookReserved']) }, ['a BookReserved']],
    ['somebody who was never there', { user: 'nobody' }, []],
  ])('can be of %s', async (_, filter, wanted) =>
    expect(inShort((await exported(filter)).rows)).toEqual(wanted),
  );

  test('reads one partition only for a book', async () => {
    const { result } = await exported({ book: 'b' });
    const there = EVENTS.filter(
      ({ bookId }) => partitionOf(Buffer.from(bookId), 3) === partitionOf(Buffer.from('b'), 3),
    );
    expect(result.read).toBe(there.length);
  });

  test.each([0, 1, 4])('stops after %d rows, whatever was left out before', async (limit) => {
    const { rows, result } = await exported({}, { limit });
    expect(rows).toHaveLength(limit);
    expect(result.written).toBe(limit);
  });

  test('writes no tail when it was ended early', async () => {
    const stop = new AbortController();
    const parquet = formatOf('parquet', source);
    const chunks: unknown[] = [];
    await exported(
      {},
      {
        format: parquet,
        signal: stop.signal,
        onRead: () => stop.abort(),
        write: (chunk) => Promise.resolve(void chunks.push(chunk)),
      },
    );
    expect(chunks).toEqual([]);
  });

  test('fails when the schemas cannot be asked for: nothing is wrong with the records', async () => {
    const away = {
      ...registryOf(LIBRARY_EVENTS),
      schemaById: () => Promise.reject(new RegistryUnavailableError('away')),
    };
    await expect(exported({}, { source: eventSetSource(TOPIC, LIBRARY_EVENTS, away) })).rejects.toThrow(
      RegistryUnavailableError,
    );
  });

  test('writes dead letters from their headers', async () => {
    const letters = deadLetterSource(TOPIC);
    const { rows } = await exported({ book: 'a' }, { source: letters, format: formatOf('ndjson', letters) });
    expect(rows.at(-1)).toMatchObject({
      bookId: 'a',
      type: null,
      data: { reason: null, value: Buffer.from('no event').toString('base64') },
    });
    expect(rows[0]).toMatchObject({ bookId: 'a', type: 'CopyAdded', eventId: EVENTS[0]?.eventId });
  });
});
