import { escapeIdentifier } from 'pg';
import { arrayLiteralOf, type ArrayElement } from '../../infra/postgres/array';
import type { Column, ColumnType, BatchParameters, Table, ValueColumn } from './table';

/** A part of a WITH list, `name AS (…)`, with parameters of its own: they are numbered where the part stands. */
export interface StatementPart<Input> {
  /** The types of the parameters, in order. */
  readonly types: readonly string[];
  /** @param own the parameters, each with its number and type: `$10::text[]` */
  sql(own: readonly string[], batch: BatchParameters): string;
  /** The values of the parameters. */
  valuesOf(input: Input): readonly unknown[];
}

/**
 * Joins the parts, and numbers their parameters.
 * @param first the number of their first parameter
 */
export function joinParts<Input>(
  parts: readonly StatementPart<Input>[],
  first: number,
  batch: BatchParameters,
): string {
  let next = first;
  const texts = parts.map((part) =>
    part.sql(
      part.types.map((type) => `$${next++}::${type}`),
      batch,
    ),
  );
  return texts.join(', ');
}

/**
 * A part that inserts rows through the fence, or updates those that conflict, as the table's columns define.
 * @param rowsOf the rows; no two have the same key
 * @param as the name of the part: of two parts of one table the rows are different ones, and so are the names
 */
export function insertRows<Input, Row>(
  table: Table<Row>,
  rowsOf: (input: Input) => readonly Row[],
  as = `store_${table.name}`,
): StatementPart<Input> {
  const names = [...table.columns.keys()].map(escapeIdentifier);
  const rows = new RowSet(valueColumnsOf(table));
  return {
    types: rows.types,
    sql: (own, batch) => {
      const values = [...table.columns].map(([name, column]) => selected(name, column, batch));
      return `${as} AS (
  INSERT INTO ${escapeIdentifier(table.name)} AS t (${names.join(', ')})
  SELECT ${values.join(', ')}
    FROM fence, ${rows.sql(own)}${conflictSql(table)}
)`;
    },
    valuesOf: (input) => rows.valuesOf(rowsOf(input)),
  };
}

/** A part that deletes rows by their keys, through the fence. */
export function deleteRows<Input, Row>(
  table: Table<Row>,
  rowsOf: (input: Input) => readonly Row[],
): StatementPart<Input> {
  const keys = valueColumnsOf(table).filter(([, { onConflict }]) => onConflict === 'key');
  const rows = new RowSet(keys);
  const matches = keys.map(([name]) => `t.${escapeIdentifier(name)} = n.${escapeIdentifier(name)}`);
  return {
    types: rows.types,
    sql: (own) => `forget_${table.name} AS (
  DELETE FROM ${escapeIdentifier(table.name)} t USING fence, ${rows.sql(own)}
   WHERE ${matches.join(' AND ')}
)`,
    valuesOf: (input) => rows.valuesOf(rowsOf(input)),
  };
}

type NamedColumn<Row> = readonly [name: string, column: ValueColumn<Row>];

function valueColumnsOf<Row>({ columns }: Table<Row>): NamedColumn<Row>[] {
  return [...columns].flatMap(([name, column]) => ('type' in column ? [[name, column] as const] : []));
}

/** How a value reaches Postgres: as an element of an array of this type. JSON goes as one document instead. */
const ELEMENT: Readonly<Record<Exclude<ColumnType, 'jsonb'>, string>> = {
  text: 'text',
  uuid: 'uuid',
  int: 'int',
  bigint: 'bigint',
  // Arrays of arrays have to be of one length each, so such a value goes as its text.
  'bigint[]': 'text',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'bigint',
};

/**
 * Rows as parameters, one for each column, and as a FROM item called `n`. JSON goes as one document: in an array literal
 * every quote of it would have to be escaped.
 */
class RowSet<Row> {
  readonly types: readonly string[];
  private readonly columns: readonly NamedColumn<Row>[];
  private readonly plain: number;

  constructor(columns: readonly NamedColumn<Row>[]) {
    const plain = columns.filter(([, { type }]) => type !== 'jsonb');
    const documents = columns.filter(([, { type }]) => type === 'jsonb');
    this.columns = [...plain, ...documents];
    this.plain = plain.length;
    this.types = this.columns.map(([, { type }]) => (type === 'jsonb' ? 'jsonb' : `${ELEMENT[type]}[]`));
  }

  sql(own: readonly string[]): string {
    const arrays = `unnest(${own.slice(0, this.plain).join(', ')})`;
    const documents = own.slice(this.plain).map((parameter) => `jsonb_array_elements(${parameter})`);
    const source = documents.length === 0 ? arrays : `ROWS FROM (${[arrays, ...documents].join(', ')})`;
    return `${source} AS n(${this.columns.map(([name]) => escapeIdentifier(name)).join(', ')})`;
  }

  valuesOf(rows: readonly Row[]): string[] {
    return this.columns.map(([, { type, valueOf }]) =>
      type === 'jsonb'
        ? JSON.stringify(rows.map(valueOf))
        : arrayLiteralOf(rows, (row) => elementOf(valueOf(row))),
    );
  }
}

function elementOf(value: ReturnType<ValueColumn<never>['valueOf']>): ArrayElement {
  if (Array.isArray(value)) return `{${value.join(',')}}`;
  // Columns that are not `jsonb` have no other values: see `ValueOf`.
  return value as ArrayElement;
}

function selected<Row>(name: string, column: Column<Row>, batch: BatchParameters): string {
  if (!('type' in column)) return column.sql(batch);
  const value = `n.${escapeIdentifier(name)}`;
  if (column.type === 'bigint[]') return `${value}::bigint[]`;
  return column.type === 'timestamp' ? `to_timestamp(${value} / 1000.0)` : value;
}

function conflictSql<Row>({ columns }: Table<Row>): string {
  const named = (onConflict: Column<Row>['onConflict']) =>
    [...columns]
      .filter(([, column]) => column.onConflict === onConflict)
      .map(([name]) => escapeIdentifier(name));
  const keys = named('key');
  if (keys.length === 0) return '';
  const changes = [
    ...named('overwritten').map((name) => `${name} = excluded.${name}`),
    ...named('added').map((name) => `${name} = t.${name} + excluded.${name}`),
  ];
  const action = changes.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${changes.join(', ')}`;
  return `\n  ON CONFLICT (${keys.join(', ')}) ${action}`;
}
