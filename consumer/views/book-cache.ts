import { LRUCache } from 'lru-cache';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { Book } from '../domain/book';
import type { PositionedEvent } from '../projector/projection';

/**
 * The state of the books that a view used last, by partition. It equals that in the database as long as no other instance
 * advances the partition. When the fence detects one that does, or a batch fails, the caller forgets the partition.
 */
export class BookCache {
  private readonly partitions = new Map<number, LRUCache<string, Book>>();

  /** @param size the capacity for each partition: a book counts one, and each copy and open reservation one */
  constructor(private readonly size: number) {}

  /** The cached books of the events. The caller may mutate them, and then keeps them or forgets the partition. */
  booksOf(partition: number, events: readonly PositionedEvent<LibraryEvent>[]): Map<string, Book> {
    const cache = this.cacheOf(partition);
    const books = new Map<string, Book>();
    for (const { event } of events) {
      const cached = books.has(event.bookId) ? undefined : cache.get(event.bookId);
      if (cached) books.set(event.bookId, cached);
    }
    return books;
  }

  /** Caches the books, unless the partition was forgotten since `booksOf`: it may belong to another instance by now. */
  keep(partition: number, books: ReadonlyMap<string, Book>): void {
    const cache = this.partitions.get(partition);
    for (const [bookId, book] of books) cache?.set(bookId, book);
  }

  /** @param partition absent: all of them */
  forget(partition?: number): void {
    if (partition === undefined) this.partitions.clear();
    else this.partitions.delete(partition);
  }

  private cacheOf(partition: number): LRUCache<string, Book> {
    let cache = this.partitions.get(partition);
    if (!cache) {
      cache = new LRUCache<string, Book>({
        maxSize: this.size,
        sizeCalculation: (book) => 1 + book.copies.size + book.open.size,
      });
      this.partitions.set(partition, cache);
    }
    return cache;
  }
}
