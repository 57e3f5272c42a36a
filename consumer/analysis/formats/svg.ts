import type { DuckDBResult } from '@duckdb/node-api';
import type * as Plots from '@observablehq/plot' with { 'resolution-mode': 'import' };
import { NoChartError } from './chart';
import { numericColumns, printable } from './results';
import { escaped, framed } from './svg-frame';
import { textOf } from './values';

/** More marks than these are no picture. */
const MAX_MARKS = 5_000;
/** More names than these have no room one below the other. */
const MAX_NAMES = 60;
/** Up to so many times are bars; more are a line. */
const MAX_TIME_BARS = 40;
const LONGEST_NAME = 44;
const WIDTH = 860;
const [TITLE, LEGEND] = [36, 22];
const COLORS = ['#3b6fb6', '#e8923a', '#5aa469', '#c8553d', '#8367a9', '#9a7b5f', '#4fa3a5', '#b0568f'];

interface Mark {
  readonly label: Date | string;
  /** The second column, if two stand before the number: each of its values has a colour. */
  readonly series: string;
  readonly value: number;
}

interface Picture {
  readonly marks: readonly Mark[];
  readonly labels: readonly (Date | string)[];
  readonly series: readonly string[];
  /** The name of the column that is drawn. */
  readonly unit: string;
}

/**
 * A result as a picture: the last column with numbers is drawn over the first one, in time where that is one, else as bars
 * beside their names. A second column gives the colours.
 * @param title above it
 * @returns SVG
 * @throws {NoChartError} where a column with numbers or one before it is missing, or there are too many rows
 */
export async function svg(result: DuckDBResult, title = ''): Promise<string> {
  const picture = await pictureOf(result);
  return framed(
    {
      title,
      width: WIDTH,
      head: TITLE + (picture.series.length > 1 ? LEGEND : 0),
      above: legend(picture.series),
    },
    (Plot) => ({
      ...(picture.labels[0] instanceof Date ? overTime(Plot, picture) : besideNames(Plot, picture)),
      color: { domain: [...picture.series], range: COLORS },
    }),
  );
}

async function pictureOf(result: DuckDBResult): Promise<Picture> {
  const column = numericColumns(result).lastIndexOf(true);
  if (column < 1)
    throw new NoChartError('A picture needs a column with numbers, and before it one with what they are of.');
  const isTime = /^(DATE|TIMESTAMP)/.test(String(result.columnTypes()[0]));
  const rows = await result.getRows();
  if (rows.length === 0) throw new NoChartError('There are no rows to draw.');
  if (rows.length > MAX_MARKS)
    throw new NoChartError(`A picture of ${rows.length} rows tells nothing: ${MAX_MARKS} are the most.`);
  const marks = rows.map((row): Mark => {
    const label = printable(textOf(row[0]!) ?? '-');
    return {
      label: isTime ? new Date(label) : shortened(label),
      series: column > 1 ? printable(textOf(row[1]!) ?? '-') : '',
      value: Number(textOf(row[column]!) ?? 0),
    };
  });
  if (marks.some(({ label, value }) => !Number.isFinite(value) || Number.isNaN(Number(isTime ? label : 0))))
    throw new NoChartError('A picture shows numbers and times: some are neither.');
  const labels = [...new Map(marks.map(({ label }) => [String(label), label])).values()];
  if (!isTime && labels.length > MAX_NAMES)
    throw new NoChartError(`${labels.length} names have no room: ${MAX_NAMES} are the most.`);
  const series = [...new Set(marks.map((mark) => mark.series))];
  return { marks, labels, series, unit: result.deduplicatedColumnNames()[column]! };
}

function overTime(Plot: typeof Plots, { marks, labels, unit }: Picture): Plots.PlotOptions {
  const shared = { x: 'label', y: 'value' } as const;
  const isBars = labels.length <= MAX_TIME_BARS;
  return {
    ...{ height: 380, marginLeft: 60, marginBottom: isBars ? 66 : 40 },
    y: { label: unit, grid: true, nice: true },
    x: isBars
      ? { type: 'band', label: null, tickFormat: textOfTimes(labels as readonly Date[]), tickRotate: -40 }
      : { type: 'utc', label: null },
    marks: [
      isBars
        ? Plot.barY(marks, { ...shared, fill: 'series' })
        : Plot.lineY(marks, { ...shared, stroke: 'series', strokeWidth: 1.8 }),
      Plot.ruleY([0]),
    ],
  };
}

function besideNames(Plot: typeof Plots, { marks, labels, series, unit }: Picture): Plots.PlotOptions {
  const longest = Math.max(...labels.map((label) => String(label).length));
  const shared = { x: 'value', y: 'series', fy: 'label' } as const;
  return {
    height: 60 + labels.length * (8 + 16 * series.length),
    ...{ marginLeft: 24 + 6.6 * longest, marginRight: 64, marginTop: 10, marginBottom: 44 },
    x: { label: unit, grid: true, nice: true },
    y: { axis: null, domain: [...series], padding: 0.1 },
    fy: { label: null, domain: [...labels] as string[], padding: 0.2, axis: 'left' },
    marks: [
      Plot.barX(marks, { ...shared, fill: 'series' }),
      Plot.text(marks, { ...shared, text: ({ value }: Mark) => value.toLocaleString('en'), ...AFTER }),
      Plot.ruleX([0]),
    ],
  };
}

const shortened = (name: string): string =>
  name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1).trimEnd()}…`;

/** Months by their name; else the day, with the time where one is not midnight. */
function textOfTimes(times: readonly Date[]): (time: Date) => string {
  const texts = times.map((time) => time.toISOString());
  if (texts.every((text) => text.endsWith('-01T00:00:00.000Z')))
    return (time) => time.toLocaleDateString('en', { month: 'short', year: 'numeric', timeZone: 'UTC' });
  const length = texts.every((text) => text.endsWith('T00:00:00.000Z')) ? 10 : 16;
  return (time) => time.toISOString().slice(0, length).replace('T', ' ');
}

const AFTER = { textAnchor: 'start', dx: 4 } as const;

function legend(series: readonly string[]): string[] {
  if (series.length < 2) return [];
  let x = 16;
  return series.slice(0, COLORS.length).map((name, i) => {
    const at = x;
    x += 34 + 7 * name.length;
    return `<rect x="${at}" y="38" width="12" height="12" rx="2" fill="${COLORS[i]}"/><text x="${at + 18}" y="48">${escaped(name)}</text>`;
  });
}
