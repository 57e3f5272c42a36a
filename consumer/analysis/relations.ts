/** A table or view of Postgres that queries can name. */
export interface Relation {
  readonly name: string;
  /** The schema that it is in. */
  readonly schema: string;
  readonly about: string;
}

const LIBRARY = 'library';
/** With titles, and without what is for the engine. */
const ANALYSIS = 'library_analysis';

/** What of Postgres can be named in a query: the views, and how far they are. */
export const RELATIONS: readonly Relation[] = [
  { name: 'books', schema: ANALYSIS, about: 'the catalogue, with the copies and the queue of each book' },
  { name: 'copies', schema: LIBRARY, about: 'each copy, and who has it' },
  { name: 'reservations', schema: LIBRARY, about: 'each reservation, and what it came to' },
  {
    name: 'history',
    schema: LIBRARY,
    about: 'every event of a book, with the code of those that were refused',
  },
  { name: 'demand_daily', schema: LIBRARY, about: 'reservations and cancellations of a book on a day' },
  {
    name: 'book_history',
    schema: ANALYSIS,
    about: 'the same with titles, and whether the event took effect (effective)',
  },
  {
    name: 'book_reservations',
    schema: ANALYSIS,
    about: 'reservations with titles, and whether they took effect (effective)',
  },
  { name: 'book_demand', schema: ANALYSIS, about: 'demand_daily with titles' },
  { name: 'notices', schema: LIBRARY, about: 'what readers were told, and whether it was delivered' },
  { name: 'progress', schema: LIBRARY, about: 'how far each consumer has read' },
  { name: 'held_books', schema: LIBRARY, about: 'books whose events wait behind a dead letter' },
];

/** A name in Postgres as the API writes it: `book_id` is `bookId`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A column of Postgres: its name and its type, as `format_type` writes it. */
export interface PostgresColumn {
  readonly name: string;
  readonly type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  integer: 'INTEGER',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
  date: 'DATE',
  jsonb: 'JSON',
};

/** The type of DuckDB for a column. IDs are texts, as on the stream. */
export function duckdbType({ name, type }: PostgresColumn): string {
  if (name === 'authors') return 'VARCHAR[]';
  if (type.startsWith('timestamp')) return 'TIMESTAMPTZ';
  return TYPES[type] ?? 'VARCHAR';
}
