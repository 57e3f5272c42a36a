import type { AnyEvent, EventSet, RecordSchema } from '../event-set';
import type { SchemaRegistry } from './registry';

/** The IDs of an event set's schemas in `registryOf`: 1, 2, … after `base`, in the order of their names. */
export function idsOf<E extends AnyEvent>({ schemas }: EventSet<E>, base = 0): Map<string, number> {
  const names = Object.values<RecordSchema>(schemas).map(({ name }) => name);
  return new Map(names.sort().map((name, index) => [name, base + index + 1]));
}

/** For tests without servers: a registry in memory that holds the schemas of one event set and registers no others. */
export function registryOf<E extends AnyEvent>(eventSet: EventSet<E>, base = 0): SchemaRegistry {
  const ids = idsOf(eventSet, base);
  const byId = new Map(
    Object.values<RecordSchema>(eventSet.schemas).map((schema) => [ids.get(schema.name), schema]),
  );
  const lookup = async (_: string, { name }: RecordSchema) => ids.get(name);
  return {
    lookup,
    register: async (subject, schema) => {
      const record = typeof schema === 'string' ? (JSON.parse(schema) as RecordSchema) : schema;
      const id = await lookup(subject, record);
      if (id === undefined) throw new Error(`${record.name} is not of this registry.`);
      return id;
    },
    schemaById: async (id) => {
      const schema = byId.get(id);
      return schema && { schema: JSON.stringify(schema), schemaType: 'AVRO' };
    },
    placesOf: async () => [],
    subjects: async () => [],
    versions: async () => [],
    restore: async () => {},
    setCompatibility: async () => {},
    compatibility: async () => 'FULL_TRANSITIVE',
    incompatibilities: async () => [],
    ping: async () => {},
  };
}
