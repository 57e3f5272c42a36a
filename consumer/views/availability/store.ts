import type { Pool } from 'pg';
import { FencedStatement } from '../../projector/fence';
import type { Advance } from '../../projector/projection';
import { insertRows, type StatementPart } from '../../projector/statement';
import type { BatchResult } from './fold-batch';
import { bookRowOf, BOOKS, COPIES, HISTORY, OUTBOX, RESERVATIONS } from './tables';

interface Stored extends BatchResult {
  readonly pickupWindow: number | null;
}

/** Records the pickup window from the first batch on that counts with it: a replay counts with the same. */
const RECORD_PICKUP_WINDOW: StatementPart<Stored> = {
  types: ['bigint'],
  sql: ([window], { partition, fromOffset }) => `store_pickup_window AS (
  INSERT INTO pickup_windows (partition, from_offset, pickup_window)
  SELECT ${partition}, ${fromOffset}, ${window} FROM fence
   WHERE ${window} <> coalesce((SELECT w.pickup_window FROM pickup_windows w
                                 WHERE w.partition = ${partition} ORDER BY w.from_offset DESC LIMIT 1), -1)
  ON CONFLICT (partition, from_offset) DO UPDATE SET pickup_window = excluded.pickup_window
)`,
  valuesOf: ({ pickupWindow }) => [pickupWindow],
};

const PARTS: readonly StatementPart<Stored>[] = [
  insertRows(BOOKS, ({ books }) => [...books].flatMap(bookRowOf)),
  insertRows(COPIES, ({ copies }) => [...copies.values()]),
  insertRows(RESERVATIONS, ({ reservations }) => [...reservations.values()]),
  insertRows(HISTORY, ({ history }) => history),
  RECORD_PICKUP_WINDOW,
  insertRows(OUTBOX, ({ outbox }) => outbox),
];

export interface AvailabilityStoreOptions {
  /** Its `search_path` is the schema of the view. */
  readonly pool: Pool;
  readonly consumer: string;
  readonly topic: string;
  /** The pickup window from now on, in milliseconds, to be recorded for replays; null: it is recorded already. */
  readonly pickupWindow: number | null;
}

/** Stores the result of a batch, and advances the checkpoint with it. */
export class AvailabilityStore {
  private readonly statement: FencedStatement<Stored>;
  private readonly pickupWindow: number | null;

  constructor({ pickupWindow, ...options }: AvailabilityStoreOptions) {
    this.statement = new FencedStatement({ ...options, parts: PARTS });
    this.pickupWindow = pickupWindow;
  }

  /** @throws {FencedError} when the partition is not where the advance begins; nothing was written then */
  async store(advance: Advance, result: BatchResult): Promise<void> {
    await this.statement.execute(advance, { ...result, pickupWindow: this.pickupWindow });
  }
}
