import type { LibraryEvent } from '../../../schemas/generated/events';
import type { Projection, ProjectionBatch } from '../../projector/projection';
import { BookCache } from '../book-cache';
import { rulesAtOf, type ProjectionOptions, type RulesAt } from '../definition';
import { Repeats } from '../repeats';
import { countBatch } from './count-batch';
import { DemandStore } from './store';

export type DemandOptions = Pick<ProjectionOptions, 'pool' | 'topic' | 'rules'>;

const DEMAND = 'demand';
/** The unique key of IDs. */
const ID_KEY = 'demand_ids_pkey';

/**
 * The demand view: reservations and cancellations that took effect, for each book and day.
 *
 * Which events took effect is decided by folding the stream once more, with state of its own and by the same rules as the
 * availability view: the view depends on nothing but the stream and the rules, and a replay restores it. It does not record
 * the rules: see `RecordedRules`.
 */
export class DemandProjection implements Projection<LibraryEvent> {
  readonly consumer = DEMAND;
  private readonly store: DemandStore;
  private readonly rulesAt: RulesAt;
  private readonly cache = new BookCache();
  private readonly repeats = new Repeats([ID_KEY]);

  constructor({ pool, topic, rules }: DemandOptions) {
    this.store = new DemandStore(pool, DEMAND, topic);
    this.rulesAt = rulesAtOf(rules);
  }

  /** Without a look for known IDs where there seem to be none. */
  project(batch: ProjectionBatch<LibraryEvent>): Promise<void> {
    return this.repeats.project(batch.partition, (forIds) => this.attempt(batch, forIds));
  }

  /** @returns how many IDs were known, as far as that is looked up */
  private async attempt(batch: ProjectionBatch<LibraryEvent>, forIds: boolean): Promise<number> {
    const books = this.cache.booksOf(batch.partition, batch.events);
    let known: ReadonlySet<string>;
    try {
      known = await this.store.load(batch.events, books, forIds);
      await this.store.store(batch, countBatch(batch.events, books, known, this.rulesAt));
    } catch (error) {
      // The books in memory may be ahead of the database now.
      this.forget(batch.partition);
      throw error;
    }
    this.cache.keep(batch.partition, books);
    return known.size;
  }

  forget(partition?: number): void {
    this.cache.forget(partition);
  }
}
