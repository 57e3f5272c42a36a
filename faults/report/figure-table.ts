import { table } from '../../app/terminal/table';

/** What a fault has measured, beside what the checker finds: a small table of its own in the report. */
export interface FigureTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What is needed to read the figures. */
  readonly note?: string;
}

export function markdownOf({ title, columns, rows, note }: FigureTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
  return [`**${title}**`, lines, ...(note ? [note] : [])].join('\n\n');
}

export function textOf({ title, columns, rows, note }: FigureTable): string {
  const lines = table([columns, ...rows]).map((line) => `  ${line}`);
  return [title, ...lines, ...(note ? [`  ${note}`] : [])].map((line) => `  ${line}`).join('\n');
}
