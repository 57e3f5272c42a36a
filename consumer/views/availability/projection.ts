import type { Pool } from 'pg';
import type { Position } from '../../../infra/event-log/log';
import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Rules } from '../../domain/decide';
import type { Projection, ProjectionBatch } from '../../projector/projection';
import { BookCache } from '../book-cache';
import { foldBatch, type RulesAt } from './fold-batch';
import { BookLoader } from './load';
import { AvailabilityStore } from './store';

export interface AvailabilityOptions {
  readonly pool: Pool;
  readonly topic: string;
  /**
   * The rules from now on, which are written down for replays; or, for a replay, those that counted when the events were
   * first taken.
   */
  readonly rules: Rules | RulesAt;
  /** The Postgres schema of the view. */
  readonly schema?: string;
  /** Whether the outcomes of the event at a position go to the outbox; default: of all. Not so when they were told before. */
  readonly publishes?: (position: Position) => boolean;
  /** Called when a partition has new outcomes in the outbox. */
  readonly onOutcomes?: (partition: number) => void;
  /** How much of the books' state each partition keeps in memory: see `BookCache`. */
  readonly cacheSize?: number;
}

export const AVAILABILITY = 'availability';

/**
 * The availability view: books, copies, reservations and history.
 *
 * The state of the books that were touched last stays in memory, by partition. It is what the database holds, as long as
 * nobody else moves the partition on; that is found out by the fence, and then it is thrown away.
 */
export class AvailabilityProjection implements Projection<LibraryEvent> {
  readonly consumer = AVAILABILITY;
  private readonly loader: BookLoader;
  private readonly store: AvailabilityStore;
  private readonly rulesAt: RulesAt;
  private readonly publishes: (position: Position) => boolean;
  private readonly cache: BookCache;
  private readonly onOutcomes: ((partition: number) => void) | undefined;

  constructor(options: AvailabilityOptions) {
    const { pool, topic, rules, schema = 'library', cacheSize = 5_000, publishes = () => true } = options;
    this.loader = new BookLoader(pool, schema);
    const isReplay = typeof rules === 'function';
    this.store = new AvailabilityStore({
      ...{ pool, schema, consumer: AVAILABILITY, topic },
      pickupWindow: isReplay ? null : rules.pickupWindow,
    });
    this.rulesAt = isReplay ? rules : () => rules;
    this.publishes = publishes;
    this.cache = new BookCache(cacheSize);
    this.onOutcomes = options.onOutcomes;
  }

  /**
   * Repeated events are rare, and finding them costs a look into a large index for each event. So a batch is first taken
   * as if there were none; the history's unique key tells when there are, nothing is stored then, and it is done again
   * with a look back.
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
      if (result.outbox.length > 0) this.onOutcomes?.(batch.partition);
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
