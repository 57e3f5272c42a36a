import type { Position } from '../../../infra/event-log/log';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Projection, ProjectionBatch } from '../../projector/projection';
import { BookCache, type CacheBudget } from '../book-cache';
import { rulesAtOf, type ProjectionOptions, type RulesAt } from '../definition';
import { Repeats } from '../repeats';
import { foldBatch } from './fold-batch';
import { BookLoader, type LookBack } from './load';
import { AvailabilityStore } from './store';

export interface AvailabilityOptions extends Omit<ProjectionOptions, 'noticeMaxAge'> {
  /** The room that books have in memory; default: that of the process. */
  readonly cacheBudget?: CacheBudget;
}

const AVAILABILITY = 'availability';
/** The unique keys of the history and of reservations. */
const EVENT_KEY = 'history_event_key';
const RESERVATION_KEY = 'reservations_pkey';

/**
 * The availability view: books, copies, reservations and history.
 *
 * The state of the books that were touched last stays in memory, by partition. It equals the database's as long as no other
 * instance advances the partition. The fence detects one that does; then the memory of the partition is discarded.
 */
export class AvailabilityProjection implements Projection<LibraryEvent> {
  readonly consumer = AVAILABILITY;
  private readonly loader: BookLoader;
  private readonly store: AvailabilityStore;
  private readonly rulesAt: RulesAt;
  private readonly publishes: (position: Position) => boolean;
  private readonly cache: BookCache;
  private readonly repeats = new Repeats([EVENT_KEY, RESERVATION_KEY]);
  private readonly onStored: ProjectionOptions['onStored'];

  constructor({ pool, topic, rules, onStored, cacheBudget, publishes = () => true }: AvailabilityOptions) {
    this.loader = new BookLoader(pool);
    this.store = new AvailabilityStore({
      ...{ pool, consumer: AVAILABILITY, topic },
      pickupWindow: typeof rules === 'function' ? null : rules.pickupWindow,
    });
    this.rulesAt = rulesAtOf(rules);
    this.publishes = publishes;
    this.cache = new BookCache(cacheBudget);
    this.onStored = onStored;
  }

  /** Without a look for repeated events, and for new reservations with an ID that is in use, where there seem to be none. */
  project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    return this.repeats.project(batch.partition, (forEvents, forIds) =>
      this.attempt(batch, { forEvents, forIds }),
    );
  }

  /** @returns how many of the events were repeated ones, as far as that is looked up */
  private async attempt(batch: ProjectionBatch<LibraryEvent>, lookBack: LookBack): Promise<number> {
    const books = this.cache.booksOf(batch.partition, batch.events);
    let repeats: number;
    try {
      const seen = await this.loader.load(batch.events, books, lookBack);
      repeats = seen.size;
      const result = foldBatch(batch.events, books, seen, this.rulesAt, this.publishes);
      const row = await this.store.store(batch, result);
      if (row !== null) this.onStored?.({ partition: batch.partition, row, entries: result.outbox });
    } catch (error) {
      // The books in memory may be ahead of the database now.
      this.forget(batch.partition);
      throw error;
    }
    for (const book of books.values()) book.closed.clear();
    this.cache.keep(batch.partition, books);
    return repeats;
  }

  forget(partition?: number): void {
    this.cache.forget(partition);
  }
}
