import { testServers, uniqueName } from '../../test/servers';
import { createDecoder, createEncoder, UndecodableError } from '../codec/codec';
import type { AnyEvent, EventSet, RecordSchema } from '../event-set';
import { LIBRARY_EVENTS, OUTCOMES, type LibraryEvent } from '../generated/events';
import { createRegistry } from './registry';
import { registerOne, registerSchemas, subjectOf } from './subjects';

const registry = createRegistry(testServers().registryUrl);
const topicsOf = (prefix: string) => ({
  reservations: `${prefix}.reservations`,
  outcomes: `${prefix}.outcomes`,
});

const reserved: LibraryEvent = {
  type: 'BookReserved',
  eventId: '0197a1f4-7e6b-7c3d-9a58-2f4b6c8d0e1f',
  occurredAt: 1_750_000_000_123,
  bookId: 'book-1',
  reservationId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  userId: 'ann',
};

/** A record of this test alone: the registry is shared, and equal schemas have equal IDs. */
function ownSchema(...more: object[]): RecordSchema {
  const { fields } = LIBRARY_EVENTS.schemas.CopyAdded;
  return { ...LIBRARY_EVENTS.schemas.CopyAdded, fields: [...fields, ...(more as RecordSchema['fields'])] };
}

const optional = (name: string, type: unknown = 'string') => ({ name, type: ['null', type], default: null });

test('answers a ping', async () => {
  await expect(registry.ping()).resolves.toBeUndefined();
});

describe('the deploy step', () => {
  const topics = topicsOf(uniqueName());
  let first: Map<string, number>;

  beforeAll(async () => {
    first = await registerSchemas({ registry, topics });
  });

  test('registers every event of both topics', () => {
    const subjects = [
      ...Object.values(LIBRARY_EVENTS.schemas).map((schema) => subjectOf(topics.reservations, schema)),
      ...Object.values(OUTCOMES.schemas).map((schema) => subjectOf(topics.outcomes, schema)),
    ];
    expect([...first.keys()].sort()).toEqual(subjects.sort());
  });

  test('is idempotent: the IDs stay the same', async () => {
    await expect(registerSchemas({ registry, topics })).resolves.toEqual(first);
  });

  test('makes every subject FULL_TRANSITIVE', async () => {
    for (const subject of first.keys())
      await expect(registry.compatibility(subject)).resolves.toBe('FULL_TRANSITIVE');
  });

  test('makes the events of this version readable', async () => {
    const encoder = await createEncoder({ registry, topic: topics.reservations, schemas: LIBRARY_EVENTS });
    const decoder = createDecoder({ registry, schemas: LIBRARY_EVENTS });
    const value = encoder.encode(reserved);
    expect(value.readInt32BE(1)).toBe(first.get(`${topics.reservations}-library.BookReserved`));
    await decoder.learn([value]);
    expect(decoder.decode(value)).toStrictEqual(reserved);
  });
});

test('without the deploy step there is no encoder', async () => {
  const topic = `${uniqueName()}.reservations`;
  const made = createEncoder({ registry, topic, schemas: LIBRARY_EVENTS });
  await expect(made).rejects.toThrow(
    /does not hold our version of BookCatalogued, BookReserved, .*run "make up"/,
  );
});

describe('a subject', () => {
  test('accepts a compatible change, and old readers read its new records', async () => {
    const topic = uniqueName();
    const subject = subjectOf(topic, ownSchema());
    const before = await registerOne(registry, subject, ownSchema());
    const newer = ownSchema(optional('branch'));
    const after = await registerOne(registry, subject, newer);
    expect(after).not.toBe(before);

    const eventSet = { name: 'reservations', schemas: { CopyAdded: newer } } as EventSet<AnyEvent>;
    const encoder = await createEncoder({ registry, topic, schemas: eventSet });
    const { eventId, occurredAt, bookId } = reserved;
    const event = { type: 'CopyAdded', eventId, occurredAt, bookId, copyId: 'c1' };
    const value = encoder.encode({ ...event, branch: 'north' } as AnyEvent);
    const decoder = createDecoder({ registry, schemas: LIBRARY_EVENTS });
    await decoder.learn([value]);
    expect(decoder.decode(value)).toStrictEqual(event);
  });

  test.each<[string, RecordSchema]>([
    ['a required field', ownSchema({ name: 'branch', type: 'string' })],
    ['the end of a required field', { ...ownSchema(), fields: ownSchema().fields.slice(0, -1) }],
    [
      'another type',
      { ...ownSchema(), fields: [...ownSchema().fields.slice(0, -1), { name: 'copyId', type: 'int' }] },
    ],
  ])('refuses %s from its first schema on, and the message names it', async (_, changed) => {
    const subject = subjectOf(uniqueName(), changed);
    await registerOne(registry, subject, ownSchema());
    await expect(registry.incompatibilities(subject, changed)).resolves.not.toEqual([]);
    await expect(registerOne(registry, subject, changed)).rejects.toThrow(
      new RegExp(`The registry refuses the schema of ${subject}: .+ docs/schemas.md`),
    );
  });

  test('refuses what fits the newest version but not an older one', async () => {
    const subject = subjectOf(uniqueName(), ownSchema());
    await registerOne(registry, subject, ownSchema(optional('branch')));
    await registerOne(registry, subject, ownSchema());
    await expect(registerOne(registry, subject, ownSchema(optional('branch', 'int')))).rejects.toThrow(
      'refuses',
    );
  });

  test('finds nothing wrong with a change that fits, nor with a first schema', async () => {
    const subject = subjectOf(uniqueName(), ownSchema());
    await expect(registry.incompatibilities(subject, ownSchema())).resolves.toEqual([]);
    await registerOne(registry, subject, ownSchema());
    await expect(registry.incompatibilities(subject, ownSchema(optional('branch')))).resolves.toEqual([]);
  });
});

test('the subjects of a prefix are found beside however many others', async () => {
  const [prefix, others] = [uniqueName('wanted_'), uniqueName('other')];
  const schema = { ...ownSchema(), name: 'Many' };
  let next = 0;
  const registerOthers = async () => {
    while (next < 1_100) await registry.register(`${others}-${next++}`, schema);
  };
  await Promise.all([1, 2, 3, 4].map(registerOthers));
  await registry.register(`${prefix}-b`, schema);
  await registry.register(`${prefix}-a`, schema);
  await registry.register(prefix.replace('_', 'x'), schema);
  expect((await registry.subjects(prefix)).sort()).toEqual([`${prefix}-a`, `${prefix}-b`]);
  await expect(registry.subjects(others)).resolves.toHaveLength(1_100);
});

test('an ID that the registry never assigned is unknown', async () => {
  const decoder = createDecoder({ registry, schemas: LIBRARY_EVENTS });
  for (const id of [-1, 0, 987_654_321, 2 ** 31 - 1, -(2 ** 31)]) {
    const value = Buffer.alloc(9);
    value.writeInt32BE(id, 1);
    await decoder.learn([value]);
    expect(() => decoder.decode(value)).toThrow(
      new UndecodableError(`The registry has no schema with ID ${id}.`),
    );
  }
});
