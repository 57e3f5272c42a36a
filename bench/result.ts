import { spreadOf, type Spread } from './statistics';

/** A quantity that was measured in several rounds. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** The limit for its median. Absent: reported for information. */
  readonly limit?: { readonly atLeast: number } | { readonly atMost: number };
}

/** The results of one part of the benchmarks. */
export interface PartResult {
  readonly title: string;
  readonly measures: readonly Measure[];
  /** What is needed to interpret the figures: errors, the work of the generator. */
  readonly notes: readonly string[];
}

/** Whether a measure keeps its limit; undefined where it has none. */
export function holds({ values, limit }: Measure): boolean | undefined {
  if (!limit) return undefined;
  const { median } = spreadOf(values);
  return 'atLeast' in limit ? median >= limit.atLeast : median <= limit.atMost;
}

const HEADER = ['', 'median', 'min', 'max', 'limit', ''];

/** A part as text: a table and notes. */
export function describePart({ title, measures, notes }: PartResult): string {
  const rows = [HEADER, ...measures.map(rowOf)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => [...row[column]!].length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))),
  );
  const table = lines.map((cells) => `  ${cells.join('  ').trimEnd()}\n`).join('');
  return `${title}\n${table}${notes.map((note) => `  ${note}\n`).join('')}\n`;
}

function rowOf(measure: Measure): string[] {
  const { min, median, max }: Spread = spreadOf(measure.values);
  const { limit } = measure;
  const required = !limit ? '' : 'atLeast' in limit ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`;
  const verdict = { true: 'ok', false: 'short', undefined: '' }[String(holds(measure))] ?? '';
  const name = measure.unit === '' ? measure.name : `${measure.name} (${measure.unit})`;
  return [name, show(median), show(min), show(max), required, verdict];
}

/** A number with three significant digits. */
export function show(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
