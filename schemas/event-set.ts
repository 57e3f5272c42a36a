/** The fields of every event, on every topic. */
export interface AnyEvent {
  readonly type: string;
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  readonly bookId: string;
}

/** The Avro type of a field: a name, an array, a union or a type with a logical type. */
export type FieldType =
  | string
  | readonly FieldType[]
  | { readonly type: string; readonly logicalType?: string; readonly items?: FieldType };

export interface FieldSchema {
  readonly name: string;
  readonly type: FieldType;
  readonly doc?: string;
  readonly default?: unknown;
}

/** An Avro record schema, as in an `.avsc` file. */
export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly doc?: string;
  readonly fields: readonly FieldSchema[];
}

/** The events of one topic: `reservations`, what people did; `outcomes`, what became of it. */
export type EventSetName = 'reservations' | 'outcomes';

/** The events of a topic, each with the schema that this version of the code reads and writes. */
export interface EventSet<E extends AnyEvent> {
  readonly name: EventSetName;
  readonly schemas: Readonly<Record<E['type'], RecordSchema>>;
}

/** The record's name with its namespace, such as `library.BookReserved`. */
export function fullName({ namespace, name }: RecordSchema): string {
  return `${namespace}.${name}`;
}
