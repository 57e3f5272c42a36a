import type { LogRecord } from '../../infra/event-log/log';
import { LIBRARY_EVENT_TYPES } from '../../schemas/generated/events';
import type { Column } from './columns';
import type { StreamEvent } from './row';
import type { EventSource } from './source';

const COLUMNS: readonly Column[] = [
  { name: 'sourceTopic', kind: 'text' },
  { name: 'sourcePosition', kind: 'text' },
  { name: 'reason', kind: 'text' },
  { name: 'value', kind: 'text' },
];

/**
 * The topic of dead letters. A row is made from a record's headers, as far as it has them, with the value in Base64: most of
 * these records cannot be decoded.
 */
export function deadLetterSource(topic: string): EventSource {
  return {
    topic,
    types: LIBRARY_EVENT_TYPES,
    columns: COLUMNS,
    fieldsOf: () => COLUMNS,
    learn: () => Promise.resolve(),
    read: rowOf,
  };
}

function rowOf({ key, value, headers }: LogRecord): StreamEvent {
  const text = (name: string) => headers[name]?.toString() ?? null;
  const time = Date.parse(text('ce_time') ?? '');
  const [partition, offset] = [text('dl_partition'), text('dl_offset')];
  const row = {
    type: text('ce_type')?.replace(/^library\./, '') ?? null,
    eventId: text('ce_id'),
    bookId: key?.toString() ?? null,
    occurredAt: Number.isNaN(time) ? null : time,
    sourceTopic: text('dl_topic'),
    sourcePosition: partition !== null && offset !== null ? `${partition}:${offset}` : null,
    reason: text('dl_reason'),
    value: value === null || text('dl_value') === 'null' ? null : value.toString('base64'),
  };
  return row;
}
