import { LRUCache } from 'lru-cache';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { Book } from '../domain/book';
import type { PositionedEvent } from '../projector/projection';

/** A place in the cache: which book it is for. */
interface Slot {
  readonly bookId: string;
  /** The slots of its partition, as long as that was not forgotten. */
  readonly among: Map<string, Slot>;
}

/** Rough sizes in memory, in bytes, with their strings and their entries in the maps of a book. */
const BOOK_BYTES = 1_500;
const COPY_BYTES = 250;
const RESERVATION_BYTES = 450;

/** The room that the books of all caches have together: those used last keep theirs. */
export class CacheBudget {
  /** For `BookCache` alone. */
  readonly books: LRUCache<Slot, Book>;

  /** @param bytes about how much the books take at most. A book that alone is larger is kept, and nothing beside it */
  constructor(bytes: number) {
    this.books = new LRUCache<Slot, Book>({
      maxSize: bytes,
      sizeCalculation: (book) => Math.min(bytes, sizeOf(book)),
      dispose: (_, { bookId, among }, reason) => void (reason !== 'set' && among.delete(bookId)),
    });
  }
}

/** All caches of the process, those of its views and partitions, share one budget. */
const PROCESS_BUDGET = new CacheBudget(80 * 1_048_576);

function sizeOf({ copies, open }: Book): number {
  return BOOK_BYTES + COPY_BYTES * copies.size + RESERVATION_BYTES * open.size;
}

/**
 * The state of the books that a view used last, by partition. It equals that in the database as long as no other instance
 * advances the partition. When the fence detects one that does, or a batch fails, the caller forgets the partition.
 */
export class BookCache {
  private readonly partitions = new Map<number, Map<string, Slot>>();

  /** @param budget what it shares with other caches */
  constructor(private readonly budget = PROCESS_BUDGET) {}

  /** The cached books of the events. The caller may mutate them, and then keeps them or forgets the partition. */
  booksOf(partition: number, events: readonly PositionedEvent<LibraryEvent>[]): Map<string, Book> {
    const slots = this.slotsOf(partition);
    const books = new Map<string, Book>();
    for (const { event } of events) {
      const slot = books.has(event.bookId) ? undefined : slots.get(event.bookId);
      const cached = slot && this.budget.books.get(slot);
      if (cached) books.set(event.bookId, cached);
    }
    return books;
  }

  /** Caches the books, unless the partition was forgotten since `booksOf`: it may belong to another instance by now. */
  keep(partition: number, books: ReadonlyMap<string, Book>): void {
    const slots = this.partitions.get(partition);
    if (!slots) return;
    for (const [bookId, book] of books) {
      const slot = slots.get(bookId) ?? { bookId, among: slots };
      slots.set(bookId, slot);
      this.budget.books.set(slot, book);
    }
  }

  /** @param partition absent: all of them */
  forget(partition?: number): void {
    const forgotten = partition === undefined ? [...this.partitions.keys()] : [partition];
    for (const each of forgotten) {
      const slots = this.partitions.get(each);
      this.partitions.delete(each);
      for (const slot of [...(slots?.values() ?? [])]) this.budget.books.delete(slot);
    }
  }

  private slotsOf(partition: number): Map<string, Slot> {
    let slots = this.partitions.get(partition);
    if (!slots) this.partitions.set(partition, (slots = new Map()));
    return slots;
  }
}
