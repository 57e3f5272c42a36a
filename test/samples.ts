import { v4 as uuidv4 } from 'uuid';
import type { AnyEvent, FieldSchema, FieldType, RecordSchema } from '../schemas/event-set';
import { LIBRARY_EVENTS, type LibraryEvent } from '../schemas/generated/events';

/** `full`: every optional field has a value, every list has items; `bare`: every optional field is null, every list is empty. */
export type Filling = 'full' | 'bare';

/** An event of this type with a value in each field. It is derived from the schema, so that new types are covered too. */
export function sampleOf(type: LibraryEvent['type'], filling: Filling): LibraryEvent {
  return sampleOfRecord(LIBRARY_EVENTS.schemas[type], filling) as LibraryEvent;
}

/** The same for any record schema of this kind, in any version. */
export function sampleOfRecord(schema: RecordSchema, filling: Filling): AnyEvent {
  const fields = schema.fields.map((field) => [field.name, valueOf(field, filling)] as const);
  return { type: schema.name, ...Object.fromEntries(fields) } as unknown as AnyEvent;
}

function valueOf({ name, type }: FieldSchema, filling: Filling): unknown {
  if (isUnion(type)) return filling === 'bare' ? null : sample(name, notNull(type));
  if (typeof type === 'object' && type.items !== undefined)
    return filling === 'bare' ? [] : [sample(name, type.items), 'Ursula K. Le Guin', '東野 圭吾 – «é» 📚'];
  return sample(name, type);
}

function notNull(union: readonly FieldType[]): FieldType {
  return union.find((branch) => branch !== 'null')!;
}

function sample(name: string, type: FieldType): unknown {
  if (typeof type === 'object' && 'logicalType' in type)
    return type.logicalType === 'uuid' ? uuidv4() : Date.UTC(2026, 1, 28, 23, 59, 59, 7);
  if (type === 'string') return name.endsWith('Id') ? `${name}-1.~_` : `${name} – «é» 📚`;
  if (type === 'int' || type === 'long') return 1_851;
  throw new Error(`There is no sample of ${JSON.stringify(type)} for ${name}: teach this function.`);
}

function isUnion(type: FieldType): type is readonly FieldType[] {
  return Array.isArray(type);
}
