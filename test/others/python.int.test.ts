import { v4 as uuidv4 } from 'uuid';
import type { Pool } from 'pg';
import { closeContext, createContext, type Context, type RunningRole } from '../../app/roles/context';
import { startView } from '../../app/roles/view-role';
import { AVAILABILITY_VIEW } from '../../consumer/views/availability/definition';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import { formatPosition, parsePosition } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder, type Encoder } from '../../schemas/codec/codec';
import type { AnyEvent, EventSet, RecordSchema } from '../../schemas/event-set';
import {
  LIBRARY_EVENT_TYPES,
  LIBRARY_EVENTS,
  OUTCOME_TYPES,
  type LibraryEvent,
} from '../../schemas/generated/events';
import { createRegistry, type SchemaRegistry } from '../../schemas/registry/registry';
import { registerOne, subjectOf } from '../../schemas/registry/subjects';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';
import { CONSUMERS, killedAndStarted } from './consumers';
import { python, runExample, runPython } from './python';
import { deadLetterOf } from '../dead-letters';
import { sampleOf } from '../samples';

/** What `read.py` prints of a record. */
interface Line {
  readonly position: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly event: Readonly<Record<string, unknown>>;
}

/** Appends one record with librdkafka's default settings. */
const DEFAULT_PRODUCER = `
import sys
from confluent_kafka import Producer

brokers, topic, key, value = sys.argv[1:]
producer = Producer({"bootstrap.servers": brokers})
said = lambda _, record: print(f"{record.partition()}:{record.offset()}")
producer.produce(topic, key=key, value=bytes.fromhex(value), on_delivery=said)
producer.flush()
`;

/** What is needed is downloaded the first time. */
const INSTALLING = 240_000;

describe('Python, with the clients of Confluent', () => {
  let environment: TestEnvironment;
  let context: Context;
  let role: RunningRole;
  let pool: Pool;

  beforeAll(async () => {
    await python();
    environment = await createTestEnvironment();
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    context = createContext(environment.config, 'test', (error) => {
      throw error;
    });
    role = await startView(context, AVAILABILITY_VIEW);
  }, INSTALLING);

  afterAll(async () => {
    await role.close();
    await closeContext(context);
    await pool.end();
    await environment.close();
  });

  const read = async (topic: string) =>
    (await runExample('read.py', [topic], { env: environment.env })).map((line) => JSON.parse(line) as Line);
  const byPosition = <T extends { position: string }>(lines: readonly T[]) =>
    new Map(lines.map((line) => [line.position, line]));
  const projected = async (position: string) =>
    expect(
      await new ProgressWatcher(pool, 'availability', environment.topics.reservations).reaches(
        parsePosition(position)!,
        10_000,
      ),
    ).toBe(true);

  test('reads every kind of event as it was written: lists, nulls, times, keys and headers', async () => {
    const events: LibraryEvent[] = LIBRARY_EVENT_TYPES.flatMap((type) => [
      sampleOf(type, 'full'),
      sampleOf(type, 'bare'),
    ]);
    const positions = (await environment.append(events)).map(formatPosition);

    const lines = byPosition(await read(environment.topics.reservations));
    for (const [i, { type, ...fields }] of events.entries()) {
      const time = new Date(fields.occurredAt).toISOString();
      const { key, headers, event: seen } = lines.get(positions[i]!)!;
      expect(withTimes(seen)).toStrictEqual(fields);
      expect(key).toBe(fields.bookId);
      expect(headers).toStrictEqual({
        ce_specversion: '1.0',
        ce_id: fields.eventId,
        ce_type: `library.${type}`,
        ce_source: '/test',
        ce_time: time,
        ce_subject: fields.bookId,
        'content-type': 'application/avro',
      });
    }
  });

  test('reserves books: the events are where ours of these books are, and are projected', async () => {
    const books = Array.from({ length: 20 }, (_, i) => `from-python-${i}`);
    const put = books.flatMap((bookId) => [
      event('BookCatalogued', { bookId, title: 'Emma', authors: [], isbn: null, year: null }),
      event('CopyAdded', { bookId, copyId: 'c1' }),
    ]);
    const ours = await environment.append(put);

    const written = await runExample('write.py', ['ann', ...books], {
      env: { ...environment.env, TOPIC: environment.topics.reservations },
    });

    const partitionsOf = (positions: readonly string[]) =>
      positions.map((position) => parsePosition(position)!.partition);
    expect(partitionsOf(written)).toEqual(
      ours.filter((_, i) => i % 2 === 0).map(({ partition }) => partition),
    );
    for (const position of written) await projected(position);
    const { rows } = await pool.query(
      `SELECT book_id, user_id, status FROM library.reservations WHERE book_id LIKE 'from-python-%'`,
    );
    expect(rows.sort((a, b) => books.indexOf(a.book_id) - books.indexOf(b.book_id))).toEqual(
      books.map((book_id) => ({ book_id, user_id: 'ann', status: 'ready' })),
    );
  });

  test('with the default partitioner of librdkafka, a record is a dead letter that names the right partitioner', async () => {
    const bookId = 'elsewhere';
    const { value } = environment.encode(event('CopyAdded', { bookId, copyId: 'c1' }));
    const args = [
      environment.config.KAFKA_BROKERS,
      environment.topics.reservations,
      bookId,
      value.toString('hex'),
    ];
    const [position = ''] = await runPython(['-c', DEFAULT_PRODUCER, ...args]);
    await projected(position);
    const deadLetter = await deadLetterOf(environment, parsePosition(position)!);
    expect(deadLetter?.value).toEqual(value);
    expect(deadLetter?.headers['dl_reason']?.toString()).toMatch(
      /belong in partition .*partitioner=murmur2_random/,
    );
  });

  test('reads every kind of outcome, in the order of each book', async () => {
    const bookId = 'told';
    const [ann, bob, cat] = [uuidv4(), uuidv4(), uuidv4()];
    const positions = await environment.append([
      event('BookCatalogued', { bookId, title: 'Emma', authors: [], isbn: null, year: null }),
      event('CopyAdded', { bookId, copyId: 'c1' }),
      event('BookReserved', { bookId, reservationId: ann, userId: 'ann' }),
      event('BookReserved', { bookId, reservationId: bob, userId: 'bob' }),
      event('BookReserved', { bookId, reservationId: cat, userId: 'ann' }),
      event('CopyBorrowed', { bookId, copyId: 'c1', userId: 'ann' }),
      event('ReservationCancelled', { bookId, reservationId: bob, userId: 'bob', reason: 'no time' }),
    ]);
    await projected(formatPosition(positions.at(-1)!));
    const published = async () =>
      (await read(environment.topics.outcomes)).filter(({ key }) => key === bookId);
    let lines = await published();
    while (lines.length < 5) lines = await published();

    expect(
      lines.map(({ headers, event: { reservationId, status, code, queuePosition, reason } }) => [
        headers['ce_type'],
        reservationId,
        status ?? code ?? queuePosition,
        reason,
      ]),
    ).toEqual([
      ['library.ReservationReady', ann, undefined, undefined],
      ['library.ReservationWaitlisted', bob, 1, undefined],
      ['library.ReservationRejected', cat, 'already-reserved', undefined],
      ['library.ReservationFulfilled', ann, undefined, undefined],
      ['library.ReservationClosed', bob, 'cancelled', 'no time'],
    ]);
    expect(new Set(lines.map(({ headers }) => headers['ce_type']?.replace('library.', '')))).toEqual(
      new Set(OUTCOME_TYPES),
    );
  });

  test.each(CONSUMERS)(
    'the example in %s keeps each outcome once, though it is killed',
    async (_, consumer) => {
      const { byBook, readAgain } = await killedAndStarted(environment, consumer);
      for (const kept of byBook.values())
        expect(kept).toEqual(['library.ReservationReady ann', 'library.ReservationWaitlisted bob']);
      expect(readAgain).toEqual([]);
    },
    INSTALLING,
  );

  test('lives with a newer version of an event: reads each record as it was written, and writes what all can read', async () => {
    const topic = environment.topics.reservations;
    const registry = createRegistry(environment.config.SCHEMA_REGISTRY_URL);
    const encoder = await newerEncoder(registry, topic);
    const older: LibraryEvent = { ...sampleOf('BookReserved', 'full'), bookId: 'older' };
    const newer: AnyEvent = Object.assign(sampleOf('BookReserved', 'full'), {
      bookId: 'newer',
      pickupBranch: 'north',
    });
    const appended = await environment.appendRecords([
      environment.encode(older),
      encodeRecord(newer, encoder, { source: '/test' }),
    ]);
    const written = await runExample('write.py', ['ann', 'by-python'], {
      env: { ...environment.env, TOPIC: topic },
    });

    const positions = [...appended.map(formatPosition), ...written];
    const lines = byPosition(await read(topic));
    const branches = positions.map((position) => {
      const { key, event: seen } = lines.get(position)!;
      return [key, 'pickupBranch' in seen ? seen['pickupBranch'] : 'no such field'];
    });
    expect(branches).toEqual([
      ['older', 'no such field'],
      ['newer', 'north'],
      ['by-python', null],
    ]);
    for (const position of positions) await projected(position);
    const { rows } = await pool.query(
      `SELECT book_id, code FROM library.history WHERE book_id IN ('older', 'newer', 'by-python') ORDER BY book_id`,
    );
    expect(rows).toEqual([
      { book_id: 'by-python', code: 'unknown-book' },
      { book_id: 'newer', code: 'unknown-book' },
      { book_id: 'older', code: 'unknown-book' },
    ]);
  });
});

/** Registers a version of BookReserved with one field more. @returns an encoder for it */
async function newerEncoder(registry: SchemaRegistry, topic: string): Promise<Encoder<AnyEvent>> {
  const { BookReserved } = LIBRARY_EVENTS.schemas;
  const field = { name: 'pickupBranch', type: ['null', 'string'], default: null };
  const schema: RecordSchema = { ...BookReserved, fields: [...BookReserved.fields, field] };
  await registerOne(registry, subjectOf(topic, schema), schema);
  const schemas = { name: 'reservations', schemas: { BookReserved: schema } } as EventSet<AnyEvent>;
  return createEncoder({ registry, topic, schemas });
}

/** Python writes a time with +00:00, and with six digits or none. */
function withTimes(event: object): object {
  const asNumber = (value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/.test(value) ? Date.parse(value) : value;
  return Object.fromEntries(Object.entries(event).map(([name, value]) => [name, asNumber(value)]));
}
