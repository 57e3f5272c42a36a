import type { CatalogueBook, Wish } from './data';

/** A write that the demo sends. */
export interface DemoRequest {
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** The same in every run, so that a second run makes nothing twice. */
  readonly idempotencyKey?: string;
  /** Ask for the outcome, and wait so many seconds for it. */
  readonly wait?: number;
}

/** From so many ratings on, the library has one copy more than the one that it has of every book. */
const ONE_MORE_COPY_FROM = [20_000, 50_000, 150_000, 500_000];

/** How many copies a library would buy of a book: 1 to 5, by how many readers rated it. */
export function copiesOf(ratings: number): number {
  return 1 + ONE_MORE_COPY_FROM.filter((threshold) => ratings >= threshold).length;
}

/** The writes that bring a book and its copies into the library. In this order: a copy of an unknown book is refused. */
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

export function requestForWish({ userId, bookId }: Wish): DemoRequest {
  return {
    method: 'POST',
    path: `/v1/books/${bookId}/reservations`,
    body: { userId },
    idempotencyKey: `demo-${userId}-${bookId}`,
  };
}

/** A reader who asks again for a book that they wait for: a new request of its own, which the rules refuse. */
export function requestAgain({ userId, bookId }: Wish): DemoRequest {
  const request = requestForWish({ userId, bookId });
  return { ...request, idempotencyKey: `demo-again-${userId}-${bookId}`, wait: 5 };
}

/** The values that occur most often, the most frequent first; of equals the first seen. */
export function mostFrequent(values: Iterable<string>, count: number): string[] {
  const times = new Map<string, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([value]) => value);
}
