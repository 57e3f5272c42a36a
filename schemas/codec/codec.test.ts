import fc from 'fast-check';
import { createDecoder, createEncoder, encoderWith, InvalidEventError } from './codec';
import type { AnyEvent, EventSet, FieldSchema, FieldType, RecordSchema } from '../event-set';
import { isId } from '../ids';
import { LIBRARY_EVENTS, OUTCOMES, type BookCatalogued, type LibraryEvent } from '../generated/events';
import { registryOf, idsOf } from '../registry/registry-double';

const EVENT_ID = '0197a1f4-7e6b-7c3d-9a58-2f4b6c8d0e1f';
const RESERVATION_ID = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';

const reserved: LibraryEvent = {
  type: 'BookReserved',
  eventId: EVENT_ID,
  occurredAt: 1_750_000_000_123,
  bookId: 'book-1',
  reservationId: RESERVATION_ID,
  userId: 'ann',
};

const catalogued: { type: 'BookCatalogued' } & BookCatalogued = {
  type: 'BookCatalogued',
  eventId: EVENT_ID,
  occurredAt: 0,
  bookId: 'b',
  title: 'Stoner',
  authors: ['John Williams'],
  isbn: null,
  year: 1965,
};

const encoder = encoderWith(LIBRARY_EVENTS, idsOf(LIBRARY_EVENTS));

describe('the wire format', () => {
  test('is pinned: these bytes are in the stream for ever', () => {
    const hex = (text: string) => Buffer.from(text).toString('hex');
    expect(encoder.encode(reserved).toString('hex')).toBe(
      [
        '00',
        '00000002',
        '48',
        hex(EVENT_ID),
        'f6f186c2ee65',
        '0c',
        hex('book-1'),
        '48',
        hex(RESERVATION_ID),
      ].join('') + ['06', hex('ann')].join(''),
    );
  });

  test('is pinned for lists and optional fields', () => {
    const hex = (text: string) => Buffer.from(text).toString('hex');
    expect(encoder.encode(catalogued).toString('hex')).toBe(
      ['00', '00000001', '48', hex(EVENT_ID), '00', '02', hex('b'), '0c', hex('Stoner')].join('') +
        ['02', '1a', hex('John Williams'), '00', '00', '02', 'da1e'].join(''),
    );
  });
});

describe.each<[string, EventSet<AnyEvent>]>([
  ['reservations', LIBRARY_EVENTS],
  ['outcomes', OUTCOMES],
])('every event on the topic of %s', (_, eventSet) => {
  test.each(Object.keys(eventSet.schemas))('is the same after encoding and decoding: %s', async (type) => {
    const encoder = encoderWith(eventSet, idsOf(eventSet));
    const decoder = createDecoder({ registry: registryOf(eventSet), schemas: eventSet });
    await fc.assert(
      fc.asyncProperty(eventOf(eventSet.schemas[type]!), async (event) => {
        const value = encoder.encode(event);
        await decoder.learn([value]);
        expect(decoder.decode(value)).toStrictEqual(event);
      }),
    );
  });
});

describe('encoding', () => {
  test('does not change earlier values', () => {
    const first = encoder.encode(reserved);
    const copy = Buffer.from(first);
    encoder.encode({ ...reserved, bookId: 'another', userId: 'bob' });
    expect(first.equals(copy)).toBe(true);
  });

  test('encodes events of any length', async () => {
    const decoder = createDecoder({ registry: registryOf(LIBRARY_EVENTS), schemas: LIBRARY_EVENTS });
    const event = { ...catalogued, title: 'ä'.repeat(100_000) };
    const values = [encoder.encode(event), encoder.encode(catalogued)];
    await decoder.learn(values);
    expect(values.map((value) => decoder.decode(value))).toStrictEqual([event, catalogued]);
  });

  test.each<[string, object, string]>([
    ['a missing field', { ...reserved, userId: undefined }, 'BookReserved.userId: undefined is not an ID'],
    ['an empty ID', { ...reserved, bookId: '' }, 'BookReserved.bookId: "" is not an ID'],
    [
      'an ID that would break a URL',
      { ...reserved, bookId: 'a/b' },
      'BookReserved.bookId: "a/b" is not an ID',
    ],
    ['the ID .', { ...reserved, userId: '.' }, 'BookReserved.userId: "." is not an ID'],
    ['the ID ..', { ...reserved, bookId: '..' }, 'BookReserved.bookId: ".." is not an ID'],
    ['an ID that is too long', { ...reserved, userId: 'x'.repeat(65) }, 'BookReserved.userId: "xxxx'],
    [
      'an ID with a line break at its end',
      { ...reserved, userId: 'x\n' },
      'BookReserved.userId: "x\\n" is not',
    ],
    ['no UUID', { ...reserved, eventId: 'one' }, 'BookReserved.eventId: "one" is not a UUID'],
    ['a time as a Date', { ...reserved, occurredAt: new Date(0) }, 'BookReserved.occurredAt: "1970-01-01T'],
    ['a broken millisecond', { ...reserved, occurredAt: 0.5 }, 'BookReserved.occurredAt: 0.5 is not'],
    [
      'a time beyond all calendars',
      { ...reserved, occurredAt: 1e15 },
      'BookReserved.occurredAt: 1000000000000000',
    ],
    ['NUL in a text', { ...catalogued, title: 'a\0b' }, 'BookCatalogued.title: "a\\u0000b" holds a NUL'],
    [
      'half a character',
      { ...catalogued, authors: ['ok', '\ud800'] },
      'BookCatalogued.authors: "\\ud800" holds',
    ],
    ['a text as a number', { ...catalogued, year: '1965' }, 'BookCatalogued.year: "1965" is not a 32-bit'],
    [
      'a year that no int holds',
      { ...catalogued, year: 2 ** 31 },
      'BookCatalogued.year: 2147483648 is not a 32-bit',
    ],
    ['no list', { ...catalogued, authors: 'me' }, 'BookCatalogued.authors: "me" is not a list'],
    [
      'an event of another topic',
      { ...reserved, type: 'ReservationReady' },
      'no event of type "ReservationReady"',
    ],
    ['a type that every object has', { ...reserved, type: 'constructor' }, 'no event of type "constructor"'],
  ])('refuses %s and names the field', (_, event, message) => {
    const encode = () => encoder.encode(event as LibraryEvent);
    expect(encode).toThrow(InvalidEventError);
    expect(encode).toThrow(message);
  });
});

test('without one of our schemas in the registry there is no encoder, and the error names the schema', async () => {
  const others = Object.fromEntries(
    Object.entries(LIBRARY_EVENTS.schemas).filter(([name]) => name !== 'BookReserved'),
  );
  const registry = registryOf({ name: 'reservations', schemas: others } as EventSet<AnyEvent>);
  const made = createEncoder({ registry, topic: 'library.reservations', schemas: LIBRARY_EVENTS });
  await expect(made).rejects.toThrow(
    /does not hold our version of BookReserved for the topic library\.reservations: run "make up"/,
  );
});

test('an encoder writes the IDs of the registry', async () => {
  const registry = registryOf(LIBRARY_EVENTS, 1_000);
  const encoder = await createEncoder({ registry, topic: 'library.reservations', schemas: LIBRARY_EVENTS });
  expect(encoder.encode(reserved).readInt32BE(1)).toBe(1_002);
});

/** Any event that the schema and the project's rules allow. */
function eventOf({ name: type, fields }: RecordSchema): fc.Arbitrary<AnyEvent> {
  const values = Object.fromEntries(fields.map((field) => [field.name, valueOf(field, field.type)]));
  return fc.record(
    { type: fc.constant(type), ...values },
    { noNullPrototype: true },
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<AnyEvent>;
}

function valueOf(field: FieldSchema, type: FieldType): fc.Arbitrary<unknown> {
  if (typeof type === 'object' && 'logicalType' in type) {
    if (type.logicalType === 'uuid') return fc.uuid();
    return fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  }
  if (typeof type === 'object' && 'items' in type) return fc.array(valueOf(field, type.items!));
  if (Array.isArray(type)) return fc.option(valueOf(field, type[1] as FieldType));
  if (type === 'int') return fc.integer();
  if (field.name.endsWith('Id')) return fc.stringMatching(/^[A-Za-z0-9._~-]{1,64}$/).filter(isId);
  return fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
}
