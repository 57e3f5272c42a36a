import { Type } from 'avsc';
import type { RecordSchema } from './family';

/** Confluent's wire format: a zero byte, the schema's ID in 4 bytes (big-endian), then the record in Avro binary. */
export const HEADER_BYTES = 5;
const MAGIC = 0;

export function writeHeader(bytes: Buffer, id: number): void {
  bytes.writeUInt8(MAGIC, 0);
  bytes.writeInt32BE(id, 1);
}

/** The ID of the schema that a value was written with, or undefined where the value is not in the wire format. */
export function schemaIdIn(value: Buffer | null): number | undefined {
  if (value === null || value.length < HEADER_BYTES || value[0] !== MAGIC) return undefined;
  return value.readInt32BE(1);
}

/**
 * The Avro type of one of our schemas. Unions stand for the bare value (`null` or `"text"`), and records have no methods.
 * @throws {Error} where the schema is none
 */
export function typeOf(schema: RecordSchema): Type {
  // avsc writes into what it is given, and the schemas are shared constants.
  const copy = structuredClone(schema) as unknown as Parameters<typeof Type.forSchema>[0];
  return Type.forSchema(copy, { wrapUnions: 'never', omitRecordMethods: true });
}
