import type { CatalogueBook, Wish } from './data';

/** A write request of the demo. */
export interface DemoRequest {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** The same in every run, so that a second run has no effect. */
  readonly idempotencyKey?: string;
  /** How many seconds to wait for the outcome; absent = do not wait. */
  readonly wait?: number;
}

/** Each threshold of ratings that a book reaches adds one copy. */
const COPY_THRESHOLDS = [20_000, 50_000, 150_000, 500_000];

/** How many copies the demo adds of a book: 1 to 5, by its popularity. */
export function copiesOf(ratings: number): number {
  return 1 + COPY_THRESHOLDS.filter((threshold) => ratings >= threshold).length;
}

/** The writes that add a book and its copies, in order: a copy of an unknown book is refused. */
export function requestsForBook({
  bookId,
  title,
  authors,
  isbn,
  year,
  ratings,
}: CatalogueBook): DemoRequest[] {
  const path = `/v1/books/${bookId}`;
  const copies = Array.from({ length: copiesOf(ratings) }, (_, index) => `${bookId}-${index + 1}`);
  return [
    { method: 'PUT', path, body: { title, authors, isbn, year } },
    ...copies.map((copyId): DemoRequest => ({ method: 'PUT', path: `${path}/copies/${copyId}` })),
  ];
}

/** The reservation of a wish. */
export function requestForWish({ userId, bookId }: Wish): DemoRequest {
  return {
    method: 'POST',
    path: `/v1/books/${bookId}/reservations`,
    body: { userId },
    idempotencyKey: `demo-${userId}-${bookId}`,
  };
}

/** A second reservation of the same book by the same reader, with another key: the rules refuse it. */
export function requestAgain({ userId, bookId }: Wish): DemoRequest {
  const request = requestForWish({ userId, bookId });
  return { ...request, idempotencyKey: `demo-again-${userId}-${bookId}`, wait: 5 };
}

/** The most frequent values, the most frequent first; of equally frequent ones the first seen. */
export function mostFrequent(values: Iterable<string>, count: number): string[] {
  const times = new Map<string, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([value]) => value);
}
