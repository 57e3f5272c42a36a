import fc from 'fast-check';
import { Type } from 'avsc';
import { createDecoder, encoderWith, UndecodableError } from './codec';
import { LIBRARY_EVENTS, type LibraryEvent } from '../generated/events';
import { RegistryUnavailableError, type SchemaRegistry, type StoredSchema } from '../registry/registry';
import { idsOf, registryOf } from '../registry/registry-double';

const head = {
  eventId: '0197a1f4-7e6b-7c3d-9a58-2f4b6c8d0e1f',
  occurredAt: 1_750_000_000_123,
  bookId: 'book-1',
};
const catalogued: LibraryEvent = {
  type: 'BookCatalogued',
  ...head,
  title: 'Stoner',
  authors: ['John Williams'],
  isbn: null,
  year: 1965,
};
const reservationId = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const EVENTS: readonly LibraryEvent[] = [
  catalogued,
  { type: 'CopyAdded', ...head, copyId: 'c1' },
  { type: 'CopyWithdrawn', ...head, copyId: 'c1' },
  { type: 'BookReserved', ...head, reservationId, userId: 'ann' },
  { type: 'ReservationCancelled', ...head, reservationId, userId: null, reason: 'no longer needed' },
  { type: 'ReservationExpired', ...head, reservationId, pickupBy: 1_767_225_600_000, readySince: null },
  { type: 'CopyBorrowed', ...head, copyId: 'c1', userId: 'ann' },
  { type: 'CopyReturned', ...head, copyId: 'c1' },
];
const encoder = encoderWith(LIBRARY_EVENTS, idsOf(LIBRARY_EVENTS));

/** Decodes one value as a consumer does. */
async function read(
  value: Buffer | null,
  registry: SchemaRegistry = registryOf(LIBRARY_EVENTS),
): Promise<LibraryEvent> {
  const decoder = createDecoder({ registry, schemas: LIBRARY_EVENTS });
  await decoder.learn([value]);
  return decoder.decode(value);
}

/** Decodes a record that was written with this schema; its ID in the registry is 77. */
async function readWritten(schema: object, record: object): Promise<LibraryEvent> {
  const bytes = Type.forSchema(schema as never, { wrapUnions: 'never' }).toBuffer(record);
  return read(Buffer.concat([Buffer.from([0, 0, 0, 0, 77]), bytes]), registryWith({ 77: schema }));
}

function registryWith(schemas: Record<number, object>, schemaType = 'AVRO'): SchemaRegistry {
  const schemaById = async (id: number): Promise<StoredSchema | undefined> =>
    schemas[id] && { schema: JSON.stringify(schemas[id]), schemaType };
  return { ...registryOf(LIBRARY_EVENTS), schemaById };
}

const { fields, ...recordOf } = LIBRARY_EVENTS.schemas.BookCatalogued;
/** avsc ignores the type, which is not a field. */
const record = catalogued;

describe('a value that is not an event of ours is poison, and the error gives the reason', () => {
  const good = encoder.encode(catalogued);
  const reserved = encoder.encode(EVENTS[3]!);
  const dotted = replaced(encoder.encode({ ...EVENTS[3]!, bookId: 'xx' }), '\x04xx', '\x04..');
  test.each<[string, Buffer | null, RegExp]>([
    ['no value', null, /no value/],
    ['an empty value', Buffer.alloc(0), /0 bytes, too few/],
    ['half a header', good.subarray(0, 4), /4 bytes, too few/],
    ['JSON', Buffer.from('{"type":"BookReserved"}'), /starts with byte 123 instead of 0/],
    ['an ID that the registry lacks', Buffer.from([0, 0, 0, 3, 9, 1]), /no schema with ID 777/],
    ['a negative ID', Buffer.from([0, 255, 255, 255, 255, 1]), /no schema with ID -1/],
    ['nothing but a header', good.subarray(0, 5), /BookCatalogued cannot be read: the bytes end/],
    ['a cut record', reserved.subarray(0, -1), /BookReserved cannot be read: the bytes end/],
    ['a cut record with a list', good.subarray(0, -1), /BookCatalogued cannot be read: the bytes end/],
    ['more than a record', Buffer.concat([reserved, Buffer.of(0)]), /1 bytes follow the record/],
    [
      'a wrong UUID',
      replaced(reserved, 'f47ac10b', 'g47ac10b'),
      /BookReserved\.reservationId: "g47ac.*not a UUID/,
    ],
    [
      'a wrong book ID',
      replaced(reserved, 'book-1', 'book/1'),
      /BookReserved\.bookId: "book\/1" is not an ID/,
    ],
    ['the book ID ..', dotted, /BookReserved\.bookId: "\.\." is not an ID/],
    ['a NUL in the title', replaced(good, 'Stoner', 'Sto\0er'), /BookCatalogued\.title: .*NUL/],
    [
      'a year that no int holds',
      replaced(good, '\xda\x1e', '\x80\x80\x80\x80\x10'),
      /BookCatalogued\.year: 2147483648 is not/,
    ],
    ['a list that claims 2³² items', replaced(good, '\x02\x1aJohn', '\x80\x80\x80\x80\x20'), /claims/],
  ])('%s', async (_, value, reason) => {
    const decoded = read(value);
    await expect(decoded).rejects.toThrow(UndecodableError);
    await expect(decoded).rejects.toThrow(reason);
  });

  test('a schema that is not Avro', async () => {
    const decoded = read(Buffer.from([0, 0, 0, 0, 5, 1]), registryWith({ 5: { type: 'object' } }, 'JSON'));
    await expect(decoded).rejects.toThrow(new UndecodableError('Schema 5 is JSON, not Avro.'));
  });

  test('an invalid schema', async () => {
    const decoded = read(Buffer.from([0, 0, 0, 0, 5, 1]), registryWith({ 5: { type: 'nonsense' } }));
    await expect(decoded).rejects.toThrow(/Schema 5 is not an Avro schema that we can read/);
  });

  test('a record of another topic', async () => {
    const decoded = readWritten({ ...recordOf, name: 'Fine', fields }, record);
    await expect(decoded).rejects.toThrow(
      new UndecodableError('Schema 77 is of library.Fine, which is no event of this topic.'),
    );
  });

  test('a record of ours without a field that we need', async () => {
    const decoded = readWritten(
      { ...recordOf, fields: fields.filter(({ name }) => name !== 'title') },
      record,
    );
    await expect(decoded).rejects.toThrow(/Schema 77 of library.BookCatalogued does not fit ours: .*title/);
  });
});

test.each([
  ['another unit of time is not taken for ours', 'timestamp-micros', /its occurredAt is a timestamp-micros/],
  ['a bare number is', undefined, undefined],
])('%s', async (_, logicalType, reason) => {
  const type = { type: 'long', ...(logicalType && { logicalType }) };
  const schema = {
    ...recordOf,
    fields: fields.map((field) => (field.name === 'occurredAt' ? { ...field, type } : field)),
  };
  const decoded = readWritten(schema, record);
  if (reason) await expect(decoded).rejects.toThrow(reason);
  else await expect(decoded).resolves.toStrictEqual(catalogued);
});

describe('a writer with another version of the schema is understood', () => {
  test('an older one, without the optional fields', async () => {
    const old = fields.filter(({ name }) => !['authors', 'isbn', 'year'].includes(name));
    expect(await readWritten({ ...recordOf, fields: old }, record)).toStrictEqual({
      ...catalogued,
      authors: [],
      year: null,
    });
  });

  test('a newer one, with fields that we do not know', async () => {
    const more = [
      { name: 'shelf', type: ['null', 'string'], default: null },
      { name: 'tags', type: { type: 'array', items: 'string' }, default: [] },
      { name: 'sizes', type: { type: 'map', values: 'double' }, default: {} },
    ];
    const written = { ...record, shelf: 'A1', tags: ['x', 'y'], sizes: { height: 20.5 } };
    expect(await readWritten({ ...recordOf, fields: [...more, ...fields] }, written)).toStrictEqual(
      catalogued,
    );
  });

  test('one with the fields in another order', async () => {
    expect(await readWritten({ ...recordOf, fields: [...fields].reverse() }, record)).toStrictEqual(
      catalogued,
    );
  });
});

test('both spellings of a UUID become one, so that a repeated event is recognised', async () => {
  const event = {
    type: 'BookReserved',
    ...head,
    reservationId: reservationId.toUpperCase(),
    userId: 'ann',
  } as const;
  expect(await read(encoder.encode(event))).toStrictEqual({ ...event, reservationId });
});

describe('damaged bytes', () => {
  const registry = registryOf(LIBRARY_EVENTS);
  const values = EVENTS.map((event) => encoder.encode(event));

  test('are undecodable at worst', async () => {
    const decoder = createDecoder({ registry, schemas: LIBRARY_EVENTS });
    await decoder.learn(values);
    const byte = fc.nat(255);
    const damage = fc.oneof(
      fc.record({ how: fc.constant('set'), at: fc.nat(400), byte }),
      fc.record({ how: fc.constant('insert'), at: fc.nat(400), byte }),
      fc.record({ how: fc.constant('cut'), at: fc.nat(400), byte }),
    );
    const damaged = fc.tuple(fc.constantFrom(...values), fc.array(damage, { minLength: 1, maxLength: 6 }));
    fc.assert(
      fc.property(damaged, ([value, damages]) => {
        const bytes = damages.reduce(spoil, value);
        let event: LibraryEvent;
        try {
          event = decoder.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(UndecodableError);
          return;
        }
        // What is accepted could have been written by us.
        expect(() => encoder.encode(event)).not.toThrow();
      }),
      { numRuns: 20_000 },
    );
  });

  test('that claim endless lists cost no time, whether the list is read or skipped', async () => {
    const tags = { name: 'tags', type: { type: 'array', items: 'string' }, default: [] };
    const more = { ...recordOf, fields: [tags, ...fields] };
    const back = Buffer.from([0, 0, 0, 0, 77, 0x01, 0x03]); // a block of -1 items and -2 bytes: read for ever
    const huge = Buffer.from([0, 0, 0, 0, 77, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    const started = performance.now();
    for (const value of [back, huge]) {
      await expect(read(value, registryWith({ 77: more }))).rejects.toThrow(UndecodableError);
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  function spoil(value: Buffer, { how, at, byte }: { how: string; at: number; byte: number }): Buffer {
    // The header stays: other tests cover other IDs.
    const where = Math.min(5 + at, value.length);
    if (how === 'cut') return value.subarray(0, where);
    const rest = value.subarray(how === 'set' ? where + 1 : where);
    return Buffer.concat([value.subarray(0, where), Buffer.of(byte), rest]);
  }
});

describe('learning schemas', () => {
  const value = encoder.encode(catalogued);

  test('asks the registry once for each ID', async () => {
    const schemaById = jest.fn(registryOf(LIBRARY_EVENTS).schemaById);
    const decoder = createDecoder({
      registry: { ...registryOf(LIBRARY_EVENTS), schemaById },
      schemas: LIBRARY_EVENTS,
    });
    await decoder.learn([value, null, value, encoder.encode(EVENTS[1]!), Buffer.from('junk')]);
    await decoder.learn([value]);
    expect(schemaById.mock.calls).toEqual([[1], [3]]);
  });

  test('a registry that does not answer makes no record undecodable', async () => {
    const schemaById = jest.fn<Promise<StoredSchema | undefined>, [number]>(
      registryOf(LIBRARY_EVENTS).schemaById,
    );
    schemaById.mockRejectedValueOnce(new RegistryUnavailableError('down'));
    const decoder = createDecoder({
      registry: { ...registryOf(LIBRARY_EVENTS), schemaById },
      schemas: LIBRARY_EVENTS,
    });
    await expect(decoder.learn([value])).rejects.toThrow(RegistryUnavailableError);
    await decoder.learn([value]);
    expect(decoder.decode(value)).toStrictEqual(catalogued);
  });

  test('an unknown ID is asked for again after a while', async () => {
    const schemas: Record<number, object> = {};
    const schemaById = jest.fn(registryWith(schemas).schemaById);
    const registry = { ...registryOf(LIBRARY_EVENTS), schemaById };
    const decoder = createDecoder({ registry, schemas: LIBRARY_EVENTS, forgetUnknownAfter: 50 });
    await decoder.learn([value]);
    await decoder.learn([value]);
    expect(schemaById).toHaveBeenCalledTimes(1);
    expect(() => decoder.decode(value)).toThrow(UndecodableError);
    schemas[1] = LIBRARY_EVENTS.schemas.BookCatalogued;
    await new Promise((resolve) => setTimeout(resolve, 60));
    await decoder.learn([value]);
    expect(decoder.decode(value)).toStrictEqual(catalogued);
  });

  test('decoding without learning is a bug in the program, and the record is not undecodable', () => {
    const decoder = createDecoder({ registry: registryOf(LIBRARY_EVENTS), schemas: LIBRARY_EVENTS });
    expect(() => decoder.decode(value)).toThrow('not asked to learn');
    expect(() => decoder.decode(value)).not.toThrow(UndecodableError);
  });
});

function replaced(value: Buffer, what: string, by: string): Buffer {
  const text = value.toString('latin1');
  expect(text).toContain(what);
  return Buffer.from(text.replace(what, by), 'latin1');
}
