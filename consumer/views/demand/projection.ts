import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Book } from '../../domain/book';
import type { Rules } from '../../domain/decide';
import type { Projection, ProjectionBatch } from '../../projector/projection';
import { countBatch } from './count-batch';
import { DemandStore } from './store';

export interface DemandOptions {
  readonly pool: Pool;
  readonly topic: string;
  readonly rules: Rules;
  /** The Postgres schema of the view. */
  readonly schema?: string;
  /** How many pieces of books' state (entries, copies, open reservations) each partition keeps in memory. */
  readonly cacheSize?: number;
}

export const DEMAND = 'demand';

/**
 * The demand view: reservations and cancellations that took effect, for each book and day.
 *
 * What took effect is found out by folding the stream once more, with a memory of its own: the view needs nobody but the
 * stream, and is right after a replay of it.
 */
export class DemandProjection implements Projection<LibraryEvent> {
  readonly consumer = DEMAND;
  readonly #store: DemandStore;
  readonly #rules: Rules;
  readonly #caches = new Map<number, LRUCache<string, Book>>();
  readonly #cacheSize: number;

  constructor({ pool, topic, rules, schema = 'library', cacheSize = 5_000 }: DemandOptions) {
    this.#store = new DemandStore(pool, schema, DEMAND, topic);
    this.#rules = rules;
    this.#cacheSize = cacheSize;
  }

  async project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    const cache = this.#cacheOf(batch.partition);
    const books = new Map<string, Book>();
    for (const { event } of batch.events) {
      const cached = books.has(event.bookId) ? undefined : cache.get(event.bookId);
      if (cached) books.set(event.bookId, cached);
    }
    try {
      const known = batch.events.length > 0 ? await this.#store.load(batch.events, books) : new Set<string>();
      await this.#store.store(batch, countBatch(batch.events, books, known, this.#rules));
    } catch (error) {
      // The books in memory may be ahead of the database now.
      this.forget(batch.partition);
      throw error;
    }
    for (const [bookId, book] of books) cache.set(bookId, book);
  }

  forget(partition?: number): void {
    if (partition === undefined) this.#caches.clear();
    else this.#caches.delete(partition);
  }

  #cacheOf(partition: number): LRUCache<string, Book> {
    let cache = this.#caches.get(partition);
    if (!cache) {
      cache = new LRUCache<string, Book>({
        maxSize: this.#cacheSize,
        sizeCalculation: (book) => 1 + book.copies.size + book.open.size,
      });
      this.#caches.set(partition, cache);
    }
    return cache;
  }
}
