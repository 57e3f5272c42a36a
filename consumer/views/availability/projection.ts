import type { Position } from '../../../infra/event-log/log';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Projection, ProjectionBatch } from '../../projector/projection';
import { BookCache } from '../book-cache';
import type { ProjectionOptions, RulesAt } from '../definition';
import { foldBatch } from './fold-batch';
import { BookLoader } from './load';
import { AvailabilityStore } from './store';

export interface AvailabilityOptions extends Omit<ProjectionOptions, 'noticeMaxAge'> {
  /** How much of the books' state each partition keeps in memory: see `BookCache`. */
  readonly cacheSize?: number;
}

const AVAILABILITY = 'availability';

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
  private readonly onStored: ((partition: number) => void) | undefined;

  constructor({
    pool,
    topic,
    rules,
    onStored,
    cacheSize = 5_000,
    publishes = () => true,
  }: AvailabilityOptions) {
    this.loader = new BookLoader(pool);
    const isRecorded = typeof rules === 'function';
    this.store = new AvailabilityStore({
      ...{ pool, consumer: AVAILABILITY, topic },
      pickupWindow: isRecorded ? null : rules.pickupWindow,
    });
    this.rulesAt = isRecorded ? rules : () => rules;
    this.publishes = publishes;
    this.cache = new BookCache(cacheSize);
    this.onStored = onStored;
  }

  /**
   * Repeated events are rare, and finding them costs a lookup in a large index for each event. So a batch is first projected
   * as if there were none. If there are, the history's unique key refuses the batch, nothing is stored, and it is projected
   * again with the lookup.
   */
  async project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    try {
      await this.attempt(batch, false);
    } catch (error) {
      if (!isRepeatedEvent(error)) throw error;
      await this.attempt(batch, true);
    }
  }

  private async attempt(batch: ProjectionBatch<LibraryEvent>, checkForRepeats: boolean): Promise<void> {
    const books = this.cache.booksOf(batch.partition, batch.events);
    try {
      const seen = await this.loader.load(batch.events, books, checkForRepeats);
      const result = foldBatch(batch.events, books, seen, this.rulesAt, this.publishes);
      await this.store.store(batch, result);
      if (result.outbox.length > 0) this.onStored?.(batch.partition);
    } catch (error) {
      // The books in memory may be ahead of the database now.
      this.forget(batch.partition);
      throw error;
    }
    for (const book of books.values()) book.closed.clear();
    this.cache.keep(batch.partition, books);
  }

  forget(partition?: number): void {
    this.cache.forget(partition);
  }
}

function isRepeatedEvent(error: unknown): boolean {
  return (error as { constraint?: unknown } | null)?.constraint === 'history_event_key';
}
