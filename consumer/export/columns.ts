import type { AnyEvent, EventSet, FieldType, RecordSchema } from '../../schemas/event-set';

/** The kinds of values of a column. `time`: milliseconds since the epoch; `texts`: a list. Any value can be null. */
export type ColumnKind = 'text' | 'int' | 'long' | 'time' | 'texts';

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** The common fields of events, in the order of a row. */
export const COMMON: readonly Column[] = [
  { name: 'type', kind: 'text' },
  { name: 'eventId', kind: 'text' },
  { name: 'bookId', kind: 'text' },
  { name: 'occurredAt', kind: 'time' },
];

const isOwn = ({ name }: { readonly name: string }) => !COMMON.some((common) => common.name === name);

/** The fields of one kind of event beside the common ones, in the order of its schema. */
export function ownColumns({ fields }: RecordSchema): Column[] {
  return fields.filter(isOwn).map(({ name, type }) => ({ name, kind: kindOf(name, type) }));
}

/**
 * One set of columns for all events of an event set: each field once, in the order in which they appear.
 * @throws {Error} where two events use one name for different kinds of values
 */
export function columnsOf<E extends AnyEvent>({ schemas }: EventSet<E>): Column[] {
  const columns = new Map<string, Column>();
  for (const column of Object.values<RecordSchema>(schemas).flatMap(ownColumns)) {
    const known = columns.get(column.name) ?? column;
    if (known.kind !== column.kind)
      throw new Error(`the field ${column.name} is a ${known.kind} here and a ${column.kind} there`);
    columns.set(column.name, known);
  }
  return [...columns.values()];
}

function kindOf(name: string, type: FieldType): ColumnKind {
  const known = simpleKind(type);
  if (!known)
    throw new Error(`the field ${name} has a type that no column is made for: ${JSON.stringify(type)}`);
  return known;
}

function simpleKind(type: FieldType): ColumnKind | undefined {
  if (isUnion(type)) {
    const [branch, ...others] = type.filter((member) => member !== 'null');
    return branch === undefined || others.length > 0 ? undefined : simpleKind(branch);
  }
  if (typeof type === 'object') {
    if (type.items !== undefined) return simpleKind(type.items) === 'text' ? 'texts' : undefined;
    return type.logicalType === 'timestamp-millis' ? 'time' : simpleKind(type.type);
  }
  return type === 'string' ? 'text' : type === 'int' || type === 'long' ? type : undefined;
}

function isUnion(type: FieldType): type is readonly FieldType[] {
  return Array.isArray(type);
}
