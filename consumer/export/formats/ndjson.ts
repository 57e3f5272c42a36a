import type { LogRecord } from '../../../infra/event-log/log';
import type { Column } from '../columns';
import { fieldOf, type EventRow, type StreamEvent } from '../row';
import type { EventSource } from '../source';
import { timeWriter } from '../time-text';
import type { Format } from './format';
import { JsonBytes } from './json-bytes';

/** One JSON object a line. */
export function ndjson({ fieldsOf }: Pick<EventSource, 'fieldsOf'>): Format {
  const json = new JsonBytes();
  const timeOf = timeWriter();
  const occurredOf = timeWriter();
  const writeData = dataWriter(fieldsOf, json);
  const writeLine = ({ record, event }: EventRow): void => {
    const partition = String(record.partition);
    const offset = String(record.offset);
    json.raw('{"position":"').raw(partition).raw(':').raw(offset);
    json.raw('","partition":').raw(partition).raw(',"offset":').raw(offset);
    json.raw(',"timestamp":').text(timeOf(record.timestamp)).raw(',"type":').text(event.type);
    json.raw(',"eventId":').text(event.eventId).raw(',"bookId":').text(event.bookId);
    json.raw(',"occurredAt":').text(occurredOf(event.occurredAt)).raw(',"data":{');
    writeData(event);
    json.raw('},"headers":{');
    writeHeaders(record.headers, json);
    json.raw('},"authType":');
    writeHeader(record.headers['ce_authtype'], json);
    json.raw(',"authId":');
    writeHeader(record.headers['ce_authid'], json);
    json.raw('}\n');
  };
  return {
    head: () => undefined,
    rows(rows) {
      for (const row of rows) writeLine(row);
      return json.take();
    },
    tail: () => undefined,
  };
}

function writeHeader(value: Buffer | undefined, json: JsonBytes): void {
  if (value) json.utf8(value);
  else json.raw('null');
}

function writeHeaders(headers: LogRecord['headers'], json: JsonBytes): void {
  let isFirst = true;
  for (const name in headers) {
    if (!isFirst) json.raw(',');
    isFirst = false;
    json.text(name).raw(':').utf8(headers[name]!);
  }
}

type FieldWriter = (event: StreamEvent) => void;

/** Writes the fields of an event's own. The writers of a type's fields are made once. */
function dataWriter(fieldsOf: EventSource['fieldsOf'], json: JsonBytes): FieldWriter {
  const known = new Map<string | null, readonly FieldWriter[]>();
  const writersOf = (type: string | null): readonly FieldWriter[] => {
    const writers = fieldsOf(type).map((field, i) => fieldWriter(field, i === 0, json));
    known.set(type, writers);
    return writers;
  };
  return (event) => {
    for (const write of known.get(event.type) ?? writersOf(event.type)) write(event);
  };
}

function fieldWriter({ name, kind }: Column, isFirst: boolean, json: JsonBytes): FieldWriter {
  const start = `${isFirst ? '' : ','}${JSON.stringify(name)}:`;
  const timeOf = timeWriter();
  return (event) => {
    const value = fieldOf(event, name);
    json.raw(start);
    if (typeof value === 'string') json.text(value);
    else if (kind === 'time') json.text(timeOf(value as number | null));
    else json.value(value);
  };
}
