import type { LogRecord } from '../../infra/event-log/log';
import { createDecoder } from '../../schemas/codec/codec';
import type { AnyEvent, EventSet, RecordSchema } from '../../schemas/event-set';
import type { SchemaRegistry } from '../../schemas/registry/registry';
import { columnsOf, ownColumns, type Column } from './columns';
import type { EventRow, StreamEvent } from './row';

/** A topic, and how its records are decoded. */
export interface EventSource {
  readonly topic: string;
  /** The kinds of events on it. */
  readonly types: readonly string[];
  /** Every field that one of its events has beside the common ones. */
  readonly columns: readonly Column[];
  /** The fields of this kind of event beside the common ones. */
  fieldsOf(type: string | null): readonly Column[];
  /**
   * To be called before the records are read.
   * @throws {RegistryUnavailableError} when their schemas cannot be read
   */
  learn(records: readonly LogRecord[]): Promise<void>;
  /** @throws {UndecodableError} where the record cannot be decoded; this is not transient */
  read(record: LogRecord): StreamEvent;
  /** The row as it is shown, where that is not as it is. */
  shown?(row: EventRow): EventRow;
}

/** A topic with the events of an event set. */
export function eventSetSource<E extends AnyEvent>(
  topic: string,
  eventSet: EventSet<E>,
  registry: SchemaRegistry,
): EventSource {
  const decoder = createDecoder<E>({ registry, schemas: eventSet });
  const schemas = Object.entries<RecordSchema>(eventSet.schemas);
  const fields = new Map(schemas.map(([type, schema]) => [type, ownColumns(schema)]));
  return {
    topic,
    types: [...fields.keys()],
    columns: columnsOf(eventSet),
    fieldsOf: (type) => fields.get(type ?? '') ?? [],
    learn: (records) => decoder.learn(records.map(({ value }) => value)),
    read: ({ value }) => decoder.decode(value),
  };
}
