import { Type } from 'avsc';
import { blockGuard } from './avro-guard';
import { checksOf, type FieldCheck } from './checks';
import { fullName, type AnyEvent, type EventSet, type RecordSchema } from '../event-set';
import type { SchemaRegistry, StoredSchema } from '../registry/registry';
import { changedMeanings, HEADER_BYTES, schemaIdIn, typeOf } from './wire';

/** Poison: the value is not an event that this version can read, nor will a retry change that. The message is the reason. */
export class UndecodableError extends Error {
  override readonly name = 'UndecodableError';
}

export interface Decoder<E extends AnyEvent> {
  /**
   * Loads the schemas that these values were written with. To be called before they are decoded. It asks the registry
   * for new IDs only; an ID that the registry does not have is remembered as unknown for a while.
   * @throws {RegistryUnavailableError} when the registry does not answer: a transient error, the values may be valid
   */
  learn(values: Iterable<Buffer | null>): Promise<void>;
  /**
   * The event in this value, in our version of its schema. UUIDs are in lower case.
   * @throws {UndecodableError} where the value is not an event of this topic
   */
  decode(value: Buffer | null): E;
}

export interface DecoderOptions<E extends AnyEvent> {
  readonly registry: SchemaRegistry;
  readonly schemas: EventSet<E>;
  /** How long an ID counts as unknown before the registry is asked again, in milliseconds. */
  readonly forgetUnknownAfter?: number;
}

/** How values of one schema ID are read; or why they cannot be read, and until when that is assumed (epoch ms). */
type Entry =
  | { readonly read: Read; readonly until: number }
  | { readonly unusable: string; readonly until: number };
type Read = (value: Buffer) => AnyEvent;

/** A decoder. It does not connect to the registry before the first `learn`. */
export function createDecoder<E extends AnyEvent>(options: DecoderOptions<E>): Decoder<E> {
  const { registry, schemas, forgetUnknownAfter = 30_000 } = options;
  const readers = new Map<string, Reader>();
  for (const schema of Object.values<RecordSchema>(schemas.schemas))
    readers.set(fullName(schema), readerOf(schema));
  const entries = new Map<number, Entry>();

  async function fetchEntry(id: number): Promise<void> {
    const stored = await registry.schemaById(id);
    entries.set(id, stored ? entryOf(stored, id, readers) : unknown(id, Date.now() + forgetUnknownAfter));
  }

  return {
    async learn(values) {
      const wanted = new Set<number>();
      for (const value of values) {
        const id = schemaIdIn(value);
        if (id !== undefined && !isKnown(entries.get(id))) wanted.add(id);
      }
      if (wanted.size > 0) await inChunks([...wanted], fetchEntry);
    },
    decode(value) {
      const id = schemaIdIn(value);
      if (value === null || id === undefined) throw new UndecodableError(whyNotWireFormat(value));
      const entry = entries.get(id);
      if (entry === undefined)
        throw new Error(`The decoder was not asked to learn schema ID ${id} before decoding.`);
      if ('unusable' in entry) throw new UndecodableError(entry.unusable);
      return entry.read(value) as E;
    },
  };
}

function isKnown(entry: Entry | undefined): boolean {
  return entry !== undefined && (entry.until === Infinity || entry.until > Date.now());
}

/** Eight at a time: damaged values can name thousands of IDs, and the registry is shared. */
async function inChunks(ids: readonly number[], task: (id: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < ids.length; at += 8) await Promise.all(ids.slice(at, at + 8).map(task));
}

function whyNotWireFormat(value: Buffer | null): string {
  if (value === null) return 'The record has no value.';
  if (value.length < HEADER_BYTES) return `The value has ${value.length} bytes, too few for the wire format.`;
  return `The value starts with byte ${value[0]} instead of 0: it is not in the wire format.`;
}

function unknown(id: number, until: number): Entry {
  return { unusable: `The registry has no schema with ID ${id}.`, until };
}

/** One of our record types, ready to read. */
interface Reader {
  readonly schema: RecordSchema;
  readonly type: Type;
  readonly checks: readonly FieldCheck[];
}

function readerOf(schema: RecordSchema): Reader {
  return { schema, type: typeOf(schema), checks: checksOf(schema.fields) };
}

/** Resolves a writer's schema against ours of the same name. */
function entryOf(
  { schema, schemaType }: StoredSchema,
  id: number,
  readers: ReadonlyMap<string, Reader>,
): Entry {
  const never = (why: string): Entry => ({ unusable: why, until: Infinity });
  if (schemaType !== 'AVRO') return never(`Schema ${id} is ${schemaType}, not Avro.`);
  let written: RecordSchema;
  let writer: Type;
  try {
    written = JSON.parse(schema) as RecordSchema;
    writer = Type.forSchema(structuredClone(written) as never);
  } catch (error) {
    return never(`Schema ${id} is not an Avro schema that we can read: ${(error as Error).message}.`);
  }
  const name = writer.name ?? writer.typeName;
  const reader = readers.get(name);
  if (!reader) return never(`Schema ${id} is of ${name}, which is no event of this topic.`);
  // Without a logical type the writer is taken to mean ours. With another one the same bytes mean something else.
  const other = changedMeanings(reader.schema, written).find(({ after }) => after !== '');
  if (other)
    return never(`Schema ${id} of ${name} does not fit ours: its ${other.name} is a ${other.after}.`);
  try {
    return { read: readWith(reader, writer), until: Infinity };
  } catch (error) {
    return never(`Schema ${id} of ${name} does not fit ours: ${(error as Error).message}.`);
  }
}

function readWith(reader: Reader, writer: Type): Read {
  const { type } = reader;
  const { name } = reader.schema;
  const resolver = writer.equals(type) ? undefined : type.createResolver(writer);
  const guard = blockGuard(writer);
  return (value) => {
    let record: Readonly<Record<string, unknown>>;
    let end: number;
    try {
      if (guard) guard(value, HEADER_BYTES);
      ({ value: record, offset: end } = type.decode(value, HEADER_BYTES, resolver));
    } catch (error) {
      throw new UndecodableError(`${name} cannot be read: ${(error as Error).message}.`);
    }
    if (end < 0) throw new UndecodableError(`${name} cannot be read: the bytes end before the record does.`);
    if (end < value.length)
      throw new UndecodableError(`${name} cannot be read: ${value.length - end} bytes follow the record.`);
    return eventOf(reader, record);
  };
}

/** The record as a plain object with its type, every field checked. */
function eventOf({ schema, checks }: Reader, record: Readonly<Record<string, unknown>>): AnyEvent {
  const type = schema.name;
  const event: Record<string, unknown> = { type };
  for (const { name, check, isUuid } of checks) {
    const value = record[name];
    const wrong = check(value);
    if (wrong !== undefined) throw new UndecodableError(`${type}.${name}: ${wrong}.`);
    event[name] = isUuid && typeof value === 'string' ? value.toLowerCase() : value;
  }
  return event as unknown as AnyEvent;
}
