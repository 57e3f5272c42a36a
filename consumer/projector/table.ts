/**
 * A table of a view, each column written once: its type, its value for a row, its part in a conflict and in a verification.
 * `insertRows` and `deleteRows` make parts of a statement of it.
 */

/** A Postgres type. `timestamp`: a timestamptz, from milliseconds since the epoch. `jsonb`: from any JSON value but null. */
export type ColumnType =
  | 'text'
  | 'uuid'
  | 'int'
  | 'bigint'
  | 'bigint[]'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'jsonb';

/** What becomes of the column of a row whose key is in the table already. */
type OnConflict = 'key' | 'overwritten' | 'kept' | 'added';

/** How a verification compares the column. `fields`: an event's fields, of which those that are null may be absent. */
type Compared = 'whole' | 'fields' | 'no';

/** The values of a column of a type. */
type ValueOf<T extends ColumnType> = T extends 'jsonb'
  ? object
  : T extends 'boolean'
    ? boolean | null
    : T extends 'int' | 'bigint' | 'timestamp'
      ? number | null
      : T extends 'bigint[]'
        ? readonly number[] | null
        : string | null;

interface ColumnTraits {
  readonly onConflict: OnConflict;
  readonly compared: Compared;
}

/** A column whose value comes from the row. */
export interface ValueColumn<Row> extends ColumnTraits {
  readonly type: ColumnType;
  valueOf(row: Row): ValueOf<ColumnType>;
}

/** A column whose value is computed by Postgres: from the statement's parameters, or from the row, which is called `n`. */
export interface ComputedColumn extends ColumnTraits {
  /** Whether it is the partition of the batch and nothing else. */
  readonly isPartition?: true;
  sql(batch: BatchParameters): string;
}

/** The parameters of the batch that every part of a statement may use, as they are numbered in it: `$3`. */
export interface BatchParameters {
  readonly partition: string;
  readonly fromOffset: string;
}

export type Column<Row> = ValueColumn<Row> | ComputedColumn;

/** A table as verifications and swaps see it, whatever its rows are made of. */
export interface ViewTable {
  readonly name: string;
  /** The columns that follow from the stream alone, and so are the same in every replay of it. */
  readonly compared: readonly { readonly name: string; readonly fields: boolean }[];
}

export interface Table<Row> extends ViewTable {
  readonly columns: ReadonlyMap<string, Column<Row>>;
}

/** A column that is overwritten on a conflict. */
export function column<Row, T extends ColumnType>(
  type: T,
  valueOf: (row: Row) => ValueOf<T>,
): ValueColumn<Row> {
  return { type, valueOf, onConflict: 'overwritten', compared: 'whole' };
}

/** A column of the key by which rows conflict. In a table without a key column a row that is there already is an error. */
export function key<Row, T extends ColumnType>(type: T, valueOf: (row: Row) => ValueOf<T>): ValueColumn<Row> {
  return { ...column(type, valueOf), onConflict: 'key' };
}

/** A column that never changes: on a conflict the stored value is kept. */
export function fixed<Row, T extends ColumnType>(
  type: T,
  valueOf: (row: Row) => ValueOf<T>,
): ValueColumn<Row> {
  return { ...column(type, valueOf), onConflict: 'kept' };
}

/** A column that counts: on a conflict the value is added to the stored one. */
export function sum<Row>(valueOf: (row: Row) => number): ValueColumn<Row> {
  return { ...column('int', valueOf), onConflict: 'added' };
}

/** A column that Postgres computes. @param onConflict as in `column` or in `fixed` */
export function computed(
  sql: (batch: BatchParameters) => string,
  onConflict: 'overwritten' | 'kept' = 'overwritten',
): ComputedColumn {
  return { sql, onConflict, compared: 'whole' };
}

/** The partition of the batch. */
export const PARTITION: ComputedColumn = { ...computed(({ partition }) => partition), isPartition: true };

/** The same column, left out of verifications: it does not follow from the stream alone. */
export function notCompared<C extends ColumnTraits>(of: C): C {
  return { ...of, compared: 'no' };
}

/** The same jsonb column, which holds fields of an event: what was stored before the event got an optional field lacks it. */
export function eventFields<C extends ColumnTraits>(of: C): C {
  return { ...of, compared: 'fields' };
}

/** The same table for rows that are not there yet: one that is, is an error. */
export function insertedOnly<Row>(table: Table<Row>): Table<Row> {
  const columns = [...table.columns].map(
    ([name, of]) => [name, { ...of, onConflict: 'kept' as const }] as const,
  );
  return { ...table, columns: new Map<string, Column<Row>>(columns) };
}

/** @param columns by name, in the order in which a verification shows them */
export function defineTable<Row>(name: string, columns: Readonly<Record<string, Column<Row>>>): Table<Row> {
  const entries = Object.entries(columns);
  return {
    name,
    columns: new Map(entries),
    compared: entries
      .filter(([, { compared }]) => compared !== 'no')
      .map(([column, { compared }]) => ({ name: column, fields: compared === 'fields' })),
  };
}
