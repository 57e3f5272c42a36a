import { sampleOfRecord, type Filling } from '../../test/samples';
import { testServers, uniqueName } from '../../test/servers';
import { createDecoder, encoderWith } from '../codec/codec';
import type { AnyEvent, EventSet, EventSetName, RecordSchema } from '../event-set';
import { EVENT_SET_NAMES, schemasFolder } from '../files';
import { LIBRARY_EVENTS, OUTCOMES } from '../generated/events';
import { createRegistry } from '../registry/registry';
import { readReleases } from './released';
import { registerOne, subjectOf } from '../registry/subjects';

const registry = createRegistry(testServers().registryUrl);
const RELEASES = readReleases(`${schemasFolder()}/released`);
const CURRENT: Record<EventSetName, EventSet<AnyEvent>> = {
  reservations: LIBRARY_EVENTS,
  outcomes: OUTCOMES,
};
/** One topic for all versions, so that the registry compares each with the others. */
const TOPIC = uniqueName();

const cases = RELEASES.flatMap(({ version, schemas }) =>
  EVENT_SET_NAMES.flatMap((eventSet) =>
    schemas[eventSet].map((schema) => [version, schema.name, eventSet, schema] as const),
  ),
);

test('the first release had these fifteen types of event', () => {
  expect(cases.filter(([version]) => version === 'v1')).toHaveLength(15);
});

describe.each(cases)('%s of %s', (_, name, eventSet, released) => {
  const current = CURRENT[eventSet].schemas[name] as RecordSchema;

  const fillings: Filling[] = ['full', 'bare'];

  test.each(fillings)('is read by this version (%s)', async (filling) => {
    const event = sampleOfRecord(released, filling);
    expect(await passed(event, released, current)).toEqual(expectedBy(current, event));
  });

  test.each(fillings)('reads what this version writes (%s)', async (filling) => {
    const event = sampleOfRecord(current, filling);
    expect(await passed(event, current, released)).toEqual(expectedBy(released, event));
  });
});

/** The event as a reader with the one schema decodes it from a writer with the other, through the registry. */
async function passed(event: AnyEvent, writer: RecordSchema, reader: RecordSchema): Promise<AnyEvent> {
  const id = await registerOne(registry, subjectOf(TOPIC, writer), writer);
  const value = encoderWith(eventSetOf(writer), new Map([[writer.name, id]])).encode(event);
  const decoder = createDecoder({ registry, schemas: eventSetOf(reader) });
  await decoder.learn([value]);
  return decoder.decode(value);
}

/** What a reader should see: the writer's value of each of its fields, its own default where the writer has none. */
function expectedBy({ name, fields }: RecordSchema, written: AnyEvent): AnyEvent {
  const values = written as unknown as Record<string, unknown>;
  const expected = fields.map((field) => [
    field.name,
    field.name in values ? values[field.name] : field.default,
  ]);
  return { type: name, ...Object.fromEntries(expected) } as unknown as AnyEvent;
}

function eventSetOf(schema: RecordSchema): EventSet<AnyEvent> {
  return { name: 'reservations', schemas: { [schema.name]: schema } } as EventSet<AnyEvent>;
}
