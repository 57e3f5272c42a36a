import { formatPosition } from '../../../infra/event-log/log';
import { actorIn, fieldOf, type EventRow, type StreamEvent } from '../row';
import type { EventSource } from '../source';
import { timeWriter } from '../time-text';
import type { Format } from './format';

/** Wide enough for nearly all values; a longer one shifts the rest of its line to the right. */
const WIDTHS = [11, 24, 20, 14] as const;
const HEADING = ['POSITION', 'TIMESTAMP', 'TYPE', 'BOOK', 'DATA'] as const;

/**
 * Aligned columns for people. Rows are written as they are read, so the widths are fixed.
 * @param width the longest line; Infinity: no limit
 */
export function table({ fieldsOf }: Pick<EventSource, 'fieldsOf'>, width: number): Format {
  const timeOf = timeWriter();
  const line = (cells: readonly string[]): string => {
    const text = cells.map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0)).join('  ');
    return `${cut(text.trimEnd(), width)}\n`;
  };
  const cellsOf = ({ record, event, verdict }: EventRow): string[] => [
    formatPosition(record),
    timeOf(record.timestamp) ?? '-',
    printable(event.type ?? '-'),
    printable(event.bookId ?? '-'),
    printable([mark(verdict), describe(event, fieldsOf), actorOf(record)].filter(Boolean).join(' ')),
  ];
  return {
    head: () => line(HEADING),
    rows: (rows) => rows.map((row) => line(cellsOf(row))).join(''),
    tail: () => undefined,
  };
}

/** What became of the event, as `[already-reserved]`; empty where nothing is said. */
const mark = (verdict: string | undefined) => (verdict === undefined ? '' : `[${verdict}]`);

/** Who acted, as `by=user:anna`; empty where nothing is said. */
function actorOf(record: EventRow['record']): string {
  const { type, id } = actorIn(record);
  return type === null ? '' : `by=${id === null ? type : `${type}:${id}`}`;
}

/** The event's own fields that are not null, as `name=value`. */
function describe(event: StreamEvent, fieldsOf: EventSource['fieldsOf']): string {
  const timeOf = timeWriter();
  return fieldsOf(event.type)
    .map(({ name, kind }) => ({ name, kind, value: fieldOf(event, name) }))
    .filter(({ value }) => value !== null)
    .map(({ name, kind, value }) => {
      const shown =
        kind === 'time'
          ? timeOf(value as number)
          : kind === 'texts'
            ? `[${(value as string[]).join(', ')}]`
            : value;
      return `${name}=${String(shown)}`;
    })
    .join(' ');
}

/** Control characters in a text must not move the cursor or colour the screen. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, ' ');
}

function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
