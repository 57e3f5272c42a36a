import type { Pool } from 'pg';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Rules } from '../../domain/decide';
import type { Projection, ProjectionBatch } from '../../projector/projection';
import { BookCache } from '../book-cache';
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
  private readonly store: DemandStore;
  private readonly rules: Rules;
  private readonly cache: BookCache;

  constructor({ pool, topic, rules, schema = 'library', cacheSize = 5_000 }: DemandOptions) {
    this.store = new DemandStore(pool, schema, DEMAND, topic);
    this.rules = rules;
    this.cache = new BookCache(cacheSize);
  }

  async project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    const books = this.cache.booksOf(batch.partition, batch.events);
    try {
      const known = batch.events.length > 0 ? await this.store.load(batch.events, books) : new Set<string>();
      await this.store.store(batch, countBatch(batch.events, books, known, this.rules));
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
