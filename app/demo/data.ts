import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { projectRoot } from '../../infra/local/run';

/** A book of the data set. */
export interface CatalogueBook {
  readonly bookId: string;
  readonly title: string;
  readonly authors: readonly string[];
  /** As in the source, where some have lost digits: only a label. */
  readonly isbn: string | null;
  /** Negative before the common era. */
  readonly year: number | null;
  /** The number of ratings, a measure of popularity. */
  readonly ratings: number;
}

/** A reader's wish for a book. */
export interface Wish {
  readonly userId: string;
  readonly bookId: string;
}

type Row = Readonly<Record<string, string>>;

const FOLDER = join(projectRoot(), 'data');

export function toBook(row: Row): CatalogueBook {
  const authors = (row['authors'] ?? '').split(',').map((author) => author.trim());
  return {
    bookId: row['book_id'] ?? '',
    title: row['title'] ?? '',
    authors: authors.filter((author) => author !== ''),
    isbn: row['isbn13'] || null,
    year: row['year'] ? Number(row['year']) : null,
    ratings: Number(row['ratings_count']),
  };
}

export function toWish(row: Row): Wish {
  return { userId: row['user_id'] ?? '', bookId: row['book_id'] ?? '' };
}

/** The first `limit` books of the catalogue, in its order: the most popular first. */
export function readCatalogue(limit = Infinity): Promise<CatalogueBook[]> {
  return readRows('catalogue.csv', toBook, () => true, limit);
}

/** The first `limit` wishes that `wanted` accepts, in the order of the data set. */
export function readWishes(wanted: (wish: Wish) => boolean, limit = Infinity): Promise<Wish[]> {
  return readRows('reservations.csv', toWish, wanted, limit);
}

async function readRows<T>(
  file: string,
  convert: (row: Row) => T,
  wanted: (value: T) => boolean,
  limit: number,
): Promise<T[]> {
  const values: T[] = [];
  const input = createReadStream(join(FOLDER, file));
  const rows = input.pipe(parse({ columns: true })) as AsyncIterable<Row>;
  try {
    for await (const row of rows) {
      if (values.length >= limit) break;
      const value = convert(row);
      if (wanted(value)) values.push(value);
    }
  } finally {
    input.destroy();
  }
  return values;
}
