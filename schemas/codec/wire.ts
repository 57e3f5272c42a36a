import { Type } from 'avsc';
import type { FieldSchema, RecordSchema } from '../event-set';

/** Confluent's wire format: a zero byte, the schema's ID in 4 bytes (big-endian), then the record in Avro binary. */
export const HEADER_BYTES = 5;
const MAGIC = 0;

export function writeHeader(bytes: Buffer, id: number): void {
  bytes.writeUInt8(MAGIC, 0);
  bytes.writeInt32BE(id, 1);
}

/** The ID of the schema that a value was written with; undefined where the value is not in the wire format. */
export function schemaIdIn(value: Buffer | null): number | undefined {
  if (value === null || value.length < HEADER_BYTES || value[0] !== MAGIC) return undefined;
  return value.readInt32BE(1);
}

/**
 * The Avro type of one of our schemas. A union's value is the bare value (`null` or `"text"`); records have no methods.
 * @throws {Error} where the schema is not valid
 */
export function typeOf(schema: RecordSchema): Type {
  // avsc modifies the schema that it is given, and ours are shared constants.
  const copy = structuredClone(schema) as unknown as Parameters<typeof Type.forSchema>[0];
  return Type.forSchema(copy, { wrapUnions: 'never', omitRecordMethods: true });
}

/**
 * The fields that two schemas share but interpret differently: Avro's rules let a logical type change (milliseconds to
 * microseconds, for example) because the bytes stay the same.
 */
export function changedMeanings(
  old: RecordSchema,
  now: RecordSchema,
): { readonly name: string; readonly before: string; readonly after: string }[] {
  const before = new Map(old.fields.map((field) => [field.name, meaningOf(field)]));
  const pairs = now.fields.map((field) => ({
    name: field.name,
    before: before.get(field.name) ?? meaningOf(field),
    after: meaningOf(field),
  }));
  return pairs.filter((pair) => pair.before !== pair.after);
}

function meaningOf({ type }: FieldSchema): string {
  return [...JSON.stringify(type).matchAll(/"logicalType":"([^"]*)"/g)].map(([, name]) => name).join();
}
