import { stringify } from 'csv-stringify/sync';
import { formatPosition } from '../../../infra/event-log/log';
import { COMMON, type Column } from '../columns';
import { actorIn, fieldOf, headerTexts, type EventRow } from '../row';
import type { EventSource } from '../source';
import { timeWriter } from '../time-text';
import type { Format } from './format';

/**
 * Comma-separated, with a heading, the same columns for every kind of event. Null is an empty cell;
 * lists and headers are JSON.
 */
export function csv({ columns }: Pick<EventSource, 'columns'>): Format {
  const fields = [...COMMON, ...columns];
  const timeOf = timeWriter();
  const cells = fields.map(cellWriter);
  const recordOf = ({ record, event }: EventRow): (string | number | null)[] => [
    formatPosition(record),
    record.partition,
    record.offset,
    timeOf(record.timestamp),
    ...cells.map((cell) => cell(event)),
    JSON.stringify(headerTexts(record)),
    ...Object.values(actorIn(record)),
  ];
  const heading = [
    'position',
    'partition',
    'offset',
    'timestamp',
    ...fields.map(({ name }) => name),
    'headers',
    'authType',
    'authId',
  ];
  return {
    head: () => stringify([heading]),
    rows: (rows) => stringify(rows.map(recordOf)),
    tail: () => undefined,
  };
}

function cellWriter({ name, kind }: Column): (event: EventRow['event']) => string | number | null {
  const timeOf = timeWriter();
  return (event) => {
    const value = fieldOf(event, name);
    if (value === null) return null;
    if (kind === 'time') return timeOf(value as number);
    return kind === 'texts' ? JSON.stringify(value) : (value as string | number);
  };
}
