import { headerOf, type LogRecord } from '../../infra/event-log/log';
import type { Mask } from '../../schemas/forgotten/forgotten-users';
import type { EventRow, StreamEvent } from './row';
import type { EventSource } from './source';

/** The header that says who acted. */
const ACTOR = 'ce_authid';

/** The source without those who were forgotten: other names stand in their place, also where a record says who acted. */
export function maskedSource(source: EventSource, mask: Mask): EventSource {
  return {
    ...source,
    read: (record) => mask.event(source.read(record), record),
    shown: ({ record, event }) => {
      const actor = mask.mayName(record) ? headerOf(record, ACTOR)?.toString() : undefined;
      if (actor === undefined) return { record, event };
      const name = mask.user(actor, event.bookId ?? '', record);
      return { record: withHeaders(record, { ...record.headers, [ACTOR]: Buffer.from(name) }), event };
    },
  };
}

/** Headers of a dead letter that name nobody. Its reason may quote the record. */
const HARMLESS =
  /^(dl_(topic|partition|offset|timestamp|value)|ce_(specversion|id|type|source|time|subject))$/;

/**
 * The same of the topic of dead letters, most of which cannot be decoded: those from before somebody was forgotten are shown without
 * their contents.
 * @param maskOf that of the topic with this name, on which the record stood; undefined: of none of ours
 */
export function maskedDeadLetters(
  source: EventSource,
  maskOf: (topic: string) => Mask | undefined,
): EventSource {
  const mayName = (record: LogRecord) => {
    const text = (name: string) => headerOf(record, name)?.toString() ?? '';
    const position = { partition: Number(text('dl_partition')), offset: Number(text('dl_offset')) };
    return maskOf(text('dl_topic'))?.mayName(position) ?? false;
  };
  return {
    ...source,
    read: (record) => {
      const event = source.read(record);
      return mayName(record) ? withoutContents(event) : event;
    },
    shown: ({ record, event }) => {
      if (!mayName(record)) return { record, event };
      const harmless = Object.entries(record.headers).filter(([name]) => HARMLESS.test(name));
      return { record: withHeaders(record, Object.fromEntries(harmless)), event };
    },
  };
}

function withoutContents(event: StreamEvent): StreamEvent {
  return { ...event, reason: null, value: null } as StreamEvent;
}

function withHeaders(
  { partition, offset, timestamp, key, value }: LogRecord,
  headers: LogRecord['headers'],
): EventRow['record'] {
  return { partition, offset, timestamp, key, value, headers };
}
