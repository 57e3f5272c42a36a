import type { Pool } from 'pg';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Projection, ProjectionBatch } from '../../projector/projection';
import { BookCache } from '../book-cache';
import { countBatch, RULES } from './count-batch';
import { DemandStore } from './store';

export interface DemandOptions {
  /** Its `search_path` is the schema of the view. */
  readonly pool: Pool;
  readonly topic: string;
  /** How many pieces of books' state (entries, copies, open reservations) each partition keeps in memory. */
  readonly cacheSize?: number;
}

const DEMAND = 'demand';
/**
 * The demand view: reservations and cancellations that took effect, for each book and day.
 *
 * Which events took effect is decided by folding the stream once more, with state of its own: the view depends on nothing
 * but the stream, and a replay restores it.
 */
export class DemandProjection implements Projection<LibraryEvent> {
  readonly consumer = DEMAND;
  private readonly store: DemandStore;
  private readonly cache: BookCache;

  constructor({ pool, topic, cacheSize = 5_000 }: DemandOptions) {
    this.store = new DemandStore(pool, DEMAND, topic);
    this.cache = new BookCache(cacheSize);
  }

  async project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    const books = this.cache.booksOf(batch.partition, batch.events);
    try {
      const known = batch.events.length > 0 ? await this.store.load(batch.events, books) : new Set<string>();
      await this.store.store(batch, countBatch(batch.events, books, known, RULES));
    } catch (error) {
      // The books in memory may be ahead of the database now.
      this.forget(batch.partition);
      throw error;
    }
    this.cache.keep(batch.partition, books);
  }

  forget(partition?: number): void {
    this.cache.forget(partition);
  }
}
