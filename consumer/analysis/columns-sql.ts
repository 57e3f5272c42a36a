import { COMMON, type Column, type ColumnKind } from '../export/columns';

/** A name or a text as it is written in a statement. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The types of DuckDB that the columns of a Parquet export are read as. */
const TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'VARCHAR',
  int: 'INTEGER',
  long: 'BIGINT',
  time: 'TIMESTAMPTZ',
  texts: 'VARCHAR[]',
};

const POSITION: readonly Column[] = [
  { name: 'position', kind: 'text' },
  { name: 'partition', kind: 'int' },
  { name: 'offset', kind: 'long' },
  { name: 'timestamp', kind: 'time' },
];
const ACTOR: readonly Column[] = [
  { name: 'authType', kind: 'text' },
  { name: 'authId', kind: 'text' },
];
/**
 * Most queries do not look at them: they are kept as the text that they are exported as. To compress such long texts, no two of which are
 * the same, took half of the time of reading.
 */
const HEADERS = 'JSON';
const AS_IT_IS = 'USING COMPRESSION uncompressed';

/** The columns of a table over a topic, with their types: those of its Parquet export. */
export function columnTypes(own: readonly Column[]): [name: string, type: string][] {
  const typed = (columns: readonly Column[]) =>
    columns.map(({ name, kind }): [string, string] => [name, TYPES[kind]]);
  return [...typed([...POSITION, ...COMMON, ...own]), ['headers', HEADERS], ...typed(ACTOR)];
}

/** All columns of rows, as a query sees them. */
export const SHOWN = `* REPLACE (json_transform(headers, '"MAP(VARCHAR, VARCHAR)"') AS headers)`;

/** The statement that makes the table of a segment, empty. */
export function createRowsSql(own: readonly Column[]): string {
  const columns = columnTypes(own).map(([name, type]) =>
    [identifier(name), type, ...(type === HEADERS ? [AS_IT_IS] : [])].join(' '),
  );
  return `CREATE TABLE rows (${columns.join(', ')})`;
}

/** The statement that reads a file of rows, as `library events --format ndjson` writes them, into the table of a segment. */
export function insertRowsSql(file: string, own: readonly Column[]): string {
  const direct = [...POSITION, ...COMMON, ...ACTOR];
  const fields = [
    ...direct.map(({ name, kind }) => `${identifier(name)}: ${literal(readAs(kind))}`),
    ...(own.length === 0
      ? []
      : [
          `data: ${literal(`STRUCT(${own.map(({ name, kind }) => `${identifier(name)} ${readAs(kind)}`).join(', ')})`)}`,
        ]),
    `headers: ${literal(HEADERS)}`,
  ];
  const values = [
    ...[...POSITION, ...COMMON].map((column) => valueSql(column, identifier(column.name))),
    ...own.map((column) => valueSql(column, `data.${identifier(column.name)}`)),
    'headers',
    ...ACTOR.map(({ name }) => identifier(name)),
  ];
  return `INSERT INTO rows SELECT ${values.join(', ')} FROM read_json(${literal(file)}, format = 'newline_delimited', columns = {${fields.join(', ')}})`;
}

/** Times are read as text: a time that DuckDB has no value for is null, and no reason to fail. */
const readAs = (kind: ColumnKind): string => (kind === 'time' ? 'VARCHAR' : TYPES[kind]);

/** ISO 8601 writes years of more than four digits with a sign. */
const valueSql = ({ kind }: Column, name: string): string =>
  kind === 'time' ? `try_cast(ltrim(${name}, '+') AS TIMESTAMPTZ)` : name;
