import type { Pool } from 'pg';
import { FencedStatement } from '../../projector/fence';
import type { Advance } from '../../projector/projection';
import { insertRows, type StatementPart } from '../../projector/statement';
import type { BatchResult, ReservationRow } from './fold-batch';
import { OUTBOX_ID, STORE_OUTBOX } from './outbox';
import { bookRowOf, BOOK_COUNTS, BOOKS, COPIES, HISTORY, NEW_RESERVATIONS, RESERVATIONS } from './tables';

interface Stored extends BatchResult {
  readonly pickupWindow: number | null;
}

interface ReturnedRow {
  readonly outbox: string | null;
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

const isNew = (row: ReservationRow) => row.isNew;

const PARTS: readonly StatementPart<Stored>[] = [
  insertRows(BOOKS, ({ books, catalogued }) =>
    [...books].filter(([book]) => catalogued.has(book)).flatMap(bookRowOf),
  ),
  insertRows(
    BOOK_COUNTS,
    ({ books, catalogued }) => [...books].filter(([book]) => !catalogued.has(book)).flatMap(bookRowOf),
    'count_books',
  ),
  insertRows(COPIES, ({ copies }) => [...copies.values()]),
  insertRows(NEW_RESERVATIONS, ({ reservations }) => [...reservations.values()].filter(isNew), 'reserve'),
  insertRows(RESERVATIONS, ({ reservations }) => [...reservations.values()].filter((row) => !isNew(row))),
  insertRows(HISTORY, ({ history }) => history),
  RECORD_PICKUP_WINDOW,
  STORE_OUTBOX,
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
  private readonly statement: FencedStatement<Stored, ReturnedRow>;
  private readonly pickupWindow: number | null;

  constructor({ pickupWindow, ...options }: AvailabilityStoreOptions) {
    this.statement = new FencedStatement<Stored, ReturnedRow>({
      ...options,
      parts: PARTS,
      returning: { outbox: OUTBOX_ID },
    });
    this.pickupWindow = pickupWindow;
  }

  /**
   * @returns the ID of the row of the outbox that it made; null where there is nothing to publish
   * @throws {FencedError} when the partition is not where the advance begins; nothing was written then
   */
  async store(advance: Advance, result: BatchResult): Promise<string | null> {
    const { outbox } = await this.statement.execute(advance, { ...result, pickupWindow: this.pickupWindow });
    return outbox;
  }
}
