import type { DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { stringify } from 'csv-stringify/sync';
import { jsonOf, textOf } from './values';

/** The formats that are written from the rows; Parquet is written by DuckDB itself. */
export const TEXT_FORMATS = ['table', 'csv', 'json', 'md'] as const;

export type TextFormat = (typeof TEXT_FORMATS)[number];

/** Rows that a table is measured by: later values that are longer shift the rest of their line. */
const MEASURED_ROWS = 1_000;

/**
 * The rows of a result as text, piece by piece.
 * @param width the longest line of a table; Infinity: no limit
 */
export async function* formatted(
  result: DuckDBResult,
  format: TextFormat,
  width = Infinity,
): AsyncGenerator<string> {
  const names = result.deduplicatedColumnNames();
  switch (format) {
    case 'csv':
      yield stringify([names]);
      for await (const rows of result.yieldRows()) yield stringify(rows.map((row) => row.map(textOf)));
      return;
    case 'json':
      yield* json(result, names);
      return;
    case 'md':
      yield markdownLine(names) + markdownLine(names.map(() => '---'));
      for await (const rows of result.yieldRows())
        yield rows.map((row) => markdownLine(row.map((value) => textOf(value) ?? ''))).join('');
      return;
    case 'table':
      yield* table(result, names, width);
  }
}

/** One array, a row in each line. */
async function* json(result: DuckDBResult, names: readonly string[]): AsyncGenerator<string> {
  const isJson = result.columnTypes().map(({ alias }) => alias === 'JSON');
  const objectOf = (row: readonly DuckDBValue[]) =>
    `{${names.map((name, i) => `${JSON.stringify(name)}:${jsonOf(row[i] ?? null, isJson[i])}`).join(',')}}`;
  let before = '[\n';
  for await (const rows of result.yieldRows()) {
    if (rows.length === 0) continue;
    yield before + rows.map(objectOf).join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

function markdownLine(cells: readonly string[]): string {
  const escaped = cells.map((cell) => printable(cell).replace(/[\\|]/g, '\\$&').replace(/[<&]/g, entity));
  return `| ${escaped.join(' | ')} |\n`;
}

const entity = (character: string): string => (character === '<' ? '&lt;' : '&amp;');

async function* table(result: DuckDBResult, names: readonly string[], width: number): AsyncGenerator<string> {
  let waiting: string[][] = [[...names]];
  let widths: number[] | undefined;
  const isNumber = numericColumns(result);
  const lines = () => {
    widths ??= names.map((_, column) => Math.max(...waiting.map((row) => lengthOf(row[column]!))));
    const text = waiting.map((row) => tableLine(row, widths!, isNumber, width)).join('');
    waiting = [];
    return text;
  };
  for await (const rows of result.yieldRows()) {
    for (const row of rows) waiting.push(row.map((value) => printable(textOf(value) ?? '')));
    if (widths !== undefined || waiting.length > MEASURED_ROWS) yield lines();
  }
  if (waiting.length > 0) yield lines();
}

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT)$/;

/** Which columns hold numbers. */
export function numericColumns(result: DuckDBResult): boolean[] {
  return result.columnTypes().map((type) => NUMERIC.test(String(type)));
}

function tableLine(
  row: readonly string[],
  widths: readonly number[],
  isNumber: readonly boolean[],
  width: number,
): string {
  const padded = row.map((cell, column) => {
    const space = ' '.repeat(Math.max(0, widths[column]! - lengthOf(cell)));
    return isNumber[column] ? space + cell : cell + space;
  });
  const line = [...padded.join('  ').trimEnd()];
  return `${line.length <= width ? line.join('') : `${line.slice(0, Math.max(0, width - 1)).join('')}…`}\n`;
}

const lengthOf = (text: string): number => [...text].length;

/** Control characters in a text must not move the cursor or colour the screen. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, ' ');
}
