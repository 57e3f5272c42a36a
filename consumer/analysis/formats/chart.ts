import type { DuckDBResult } from '@duckdb/node-api';
import Chartscii from 'chartscii';
import { stripVTControlCharacters } from 'node:util';
import { numericColumns, printable } from './results';
import { textOf } from './values';

/** More bars than these are no picture. */
const MAX_BARS = 200;
const LONGEST_LABEL = 40;

/** A result that no chart can be drawn of. */
export class NoChartError extends Error {
  override readonly name = 'NoChartError';
}

/**
 * A result as bars: the last column with numbers is their length, the columns before it are their labels.
 * @param width of the chart, in characters
 * @throws {NoChartError} where there is no column with numbers, or there are too many rows
 */
export async function chart(result: DuckDBResult, width: number): Promise<string> {
  const column = numericColumns(result).lastIndexOf(true);
  if (column === -1) throw new NoChartError('A chart needs a column with numbers: its rows become bars.');
  const rows = await result.getRows();
  if (rows.length > MAX_BARS)
    throw new NoChartError(`A chart of ${rows.length} bars tells nothing: ${MAX_BARS} rows are the most.`);
  const bars = rows.map((row) => {
    const labels = row.slice(0, column).map((value) => printable(textOf(value) ?? '-'));
    return {
      label: labels.join(' ').slice(0, LONGEST_LABEL) || ' ',
      value: Number(textOf(row[column]!) ?? 0),
    };
  });
  if (bars.length === 0) return '(no rows)\n';
  if (bars.some(({ value }) => !(value >= 0)))
    throw new NoChartError('A chart shows numbers from 0 on: some are negative, or no numbers.');
  const label = Math.max(...bars.map((bar) => bar.label.length));
  const longest = Math.max(...bars.map(({ value }) => String(value).length));
  const size = Math.max(10, width - label - longest - 4);
  if (bars.every(({ value }) => value === 0))
    return bars.map((bar) => `${bar.label.padEnd(label)} 0\n`).join('');
  const drawn = new Chartscii(bars, { width: size, barSize: 1, valueLabels: true, naked: false }).create();
  return `${stripVTControlCharacters(drawn).replace(/^\n/, '').replace(/ +$/gm, '')}\n`;
}
