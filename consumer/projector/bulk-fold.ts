import type { AnyEvent } from '../../schemas/event-set';
import type { PositionedEvent } from './projection';
import type { Table } from './table';

/** Takes rows of tables to where they are stored. */
export interface RowSink {
  /** Resolves when the rows are taken, which may wait for earlier ones. None of them is there already, and none changes later. */
  write<Row>(table: Table<Row>, rows: Iterable<Row>): Promise<void>;
}

/**
 * Folds a part of a view's history in memory, and writes each row once: books of one partition, from their first events on, and
 * every event of them in order. What is in the tables before plays no part.
 *
 * It decides by the very fold that the projection of the view uses. Only how state is kept differs.
 */
export interface BulkFold<E extends AnyEvent> {
  /** Folds the next events, and writes the rows that do not change any more. */
  fold(events: readonly PositionedEvent<E>[], sink: RowSink): Promise<void>;
  /** Writes all other rows, once there are no more events. */
  finish(sink: RowSink): Promise<void>;
}
