import { escapeIdentifier } from 'pg';
import { copyText } from '../../infra/postgres/copy';
import type { Column, ColumnType, Table } from './table';
import { timestampText } from '../../infra/timestamp-text';

/** The rows of a table as COPY reads them: the same columns, with the same values, as a statement stores. */
export class CopyFormat<Row> {
  /** The table and its columns. */
  readonly target: string;
  private readonly texts: readonly ((row: Row) => string)[];

  /**
   * @param partition that of the rows
   * @throws {TypeError} when Postgres would have to compute a column of the table
   */
  constructor({ name, columns }: Table<Row>, partition: number) {
    this.target = `${escapeIdentifier(name)} (${[...columns.keys()].map(escapeIdentifier).join(', ')})`;
    this.texts = [...columns].map(([column, of]) => textOf(`${name}.${column}`, of, partition));
  }

  line(row: Row): string {
    const { texts } = this;
    let line = texts[0]!(row);
    for (let i = 1; i < texts.length; i += 1) line += `\t${texts[i]!(row)}`;
    return `${line}\n`;
  }
}

function textOf<Row>(name: string, column: Column<Row>, partition: number): (row: Row) => string {
  if ('type' in column) {
    const { type, valueOf } = column;
    const write = WRITERS[type];
    return (row) => {
      const value = valueOf(row);
      return value === null ? copyText(null) : write(value);
    };
  }
  if (!column.isPartition) throw new TypeError(`${name} is computed by Postgres: it cannot be copied`);
  return () => String(partition);
}

const plain = (value: unknown) => String(value);

/** How values that are not null are written, by the type of the column. */
const WRITERS: Readonly<Record<ColumnType, (value: unknown) => string>> = {
  text: (value) => copyText(value as string),
  uuid: plain,
  int: plain,
  bigint: plain,
  'bigint[]': (value) => `{${(value as readonly number[]).join(',')}}`,
  date: plain,
  boolean: (value) => (value ? 't' : 'f'),
  timestamp: (value) => timestampText(value as number),
  jsonb: (value) => copyText(JSON.stringify(value)),
};
