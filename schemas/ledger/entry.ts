import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { LogRecord, OutgoingRecord } from '../../infra/event-log/log';
import { changedMeanings, typeOf } from '../codec/wire';
import type { RecordSchema } from '../event-set';
import type { RegisteredSchema, StoredSchema } from '../registry/registry';

const ENTRY = z.object({
  id: z.int(),
  subject: z.string(),
  version: z.int(),
  schemaType: z.string(),
  schema: z.string(),
});

/** An entry as a record of the ledger: the key is the ID in decimal digits, so that compaction keeps one of each. */
export function entryRecord({ id, subject, version, schemaType, schema }: RegisteredSchema): OutgoingRecord {
  const value = Buffer.from(JSON.stringify({ id, subject, version, schemaType, schema }));
  return { key: String(id), value, headers: { 'content-type': 'application/json' } };
}

/** The entry in a record; undefined where the record is none, such as a tombstone. */
export function entryIn({ value }: LogRecord): RegisteredSchema | undefined {
  if (value === null) return undefined;
  try {
    return ENTRY.safeParse(JSON.parse(value.toString())).data;
  } catch {
    return undefined;
  }
}

/** Whether two texts are the same schema, however they are spelt. */
export function isSameSchema(a: StoredSchema, b: StoredSchema): boolean {
  if (a.schemaType !== b.schemaType) return false;
  return a.schema === b.schema || isDeepStrictEqual(parsed(a), parsed(b));
}

/**
 * Whether bytes that were written with the one schema are read the same with the other: they may differ in descriptions,
 * defaults and spelling. Registries return texts as they spell them.
 */
export function hasSameMeaning(a: StoredSchema, b: StoredSchema): boolean {
  if (isSameSchema(a, b)) return true;
  if (a.schemaType !== 'AVRO' || b.schemaType !== 'AVRO') return false;
  try {
    const [one, other] = [parsed(a), parsed(b)];
    return (
      isDeepStrictEqual(typeOf(one).schema(), typeOf(other).schema()) &&
      changedMeanings(one, other).length === 0
    );
  } catch {
    return false;
  }
}

/** @throws {SyntaxError} */
function parsed({ schema }: StoredSchema): RecordSchema {
  return JSON.parse(schema) as RecordSchema;
}
