import type { Type } from 'avsc';
import { checksOf, show, type FieldCheck } from './checks';
import type { AnyEvent, EventSet, RecordSchema } from '../event-set';
import type { SchemaRegistry } from '../registry/registry';
import { subjectOf } from '../registry/subjects';
import { HEADER_BYTES, typeOf, writeHeader } from './wire';

/** The event does not conform to its schema: a bug in the code that made it. Nothing was encoded. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';
}

export interface Encoder<E extends AnyEvent> {
  /**
   * The event as the value of a record: wire format, Avro binary.
   * @throws {InvalidEventError} naming the field that is wrong
   */
  encode(event: E): Buffer;
}

export interface EncoderOptions<E extends AnyEvent> {
  readonly registry: SchemaRegistry;
  /** The topic of the records: with a record's name it makes the subject. */
  readonly topic: string;
  readonly schemas: EventSet<E>;
}

/**
 * An encoder with the IDs that our schemas have (see `ledgeredRegistry`). It registers nothing, and asks nobody afterwards.
 * @throws {Error} naming the schemas that are not registered yet
 * @throws {RegistryUnavailableError} when the IDs cannot be read
 */
export async function createEncoder<E extends AnyEvent>(options: EncoderOptions<E>): Promise<Encoder<E>> {
  const { registry, topic, schemas } = options;
  const records = Object.values<RecordSchema>(schemas.schemas);
  const found = await Promise.all(
    records.map(
      async (schema) => [schema.name, await registry.lookup(subjectOf(topic, schema), schema)] as const,
    ),
  );
  const missing = found.filter(([, id]) => id === undefined).map(([name]) => name);
  if (missing.length > 0)
    throw new Error(
      `The ledger of schemas does not hold our version of ${missing.join(', ')} for the topic ${topic}: ` +
        'run "make up", or the deploy step that registers the schemas.',
    );
  return encoderWith(schemas, new Map(found as [string, number][]));
}

/** An encoder for known schema IDs, by record name. @throws {Error} where one is missing */
export function encoderWith<E extends AnyEvent>(
  { schemas }: EventSet<E>,
  ids: ReadonlyMap<string, number>,
): Encoder<E> {
  const encoders = new Map<string, RecordEncoder>();
  for (const schema of Object.values<RecordSchema>(schemas)) {
    const id = ids.get(schema.name);
    if (id === undefined) throw new Error(`No schema ID for ${schema.name}.`);
    encoders.set(schema.name, new RecordEncoder(schema, id));
  }
  return {
    encode(event) {
      const encoder = encoders.get(event.type);
      if (!encoder)
        throw new InvalidEventError(`There is no event of type ${show(event.type)} on this topic.`);
      return encoder.encode(event);
    },
  };
}

/** Encodes one type of record, into a buffer of its own; the result is a copy. So each event costs one allocation. */
class RecordEncoder {
  private readonly type: Type;
  private readonly checks: readonly FieldCheck[];
  private scratch: Buffer;

  constructor(
    schema: RecordSchema,
    private readonly id: number,
  ) {
    this.type = typeOf(schema);
    this.checks = checksOf(schema.fields);
    this.scratch = this.scratchOf(512);
  }

  encode(event: AnyEvent): Buffer {
    this.check(event);
    let end = this.write(event);
    if (end < 0) {
      // avsc returns the number of missing bytes, negated.
      this.scratch = this.scratchOf(2 * (this.scratch.length - end));
      end = this.write(event);
    }
    const bytes = Buffer.allocUnsafe(end);
    this.scratch.copy(bytes, 0, 0, end);
    return bytes;
  }

  private check(event: AnyEvent): void {
    const fields = event as unknown as Readonly<Record<string, unknown>>;
    for (const { name, check } of this.checks) {
      const wrong = check(fields[name]);
      if (wrong !== undefined) throw new InvalidEventError(`${event.type}.${name}: ${wrong}.`);
    }
  }

  private write(event: AnyEvent): number {
    try {
      return this.type.encode(event, this.scratch, HEADER_BYTES);
    } catch (error) {
      throw new InvalidEventError(this.explain(event) ?? `${event.type}: ${(error as Error).message}.`);
    }
  }

  private explain(event: AnyEvent): string | undefined {
    let wrong: string | undefined;
    const errorHook = (path: string[], value: unknown, type: Type): void => {
      wrong ??= `${event.type}.${path.join('.')}: ${show(value)} is not of type ${type.toString()}.`;
    };
    this.type.isValid(event, { errorHook });
    return wrong;
  }

  private scratchOf(size: number): Buffer {
    const scratch = Buffer.alloc(size);
    writeHeader(scratch, this.id);
    return scratch;
  }
}
