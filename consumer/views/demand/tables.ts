import { column, defineTable, fixed, key, notCompared, sum } from '../../projector/table';
import type { DayCount, KnownId } from './count-batch';
import type { KeptPiece } from './state';

export const DEMAND_DAILY = defineTable<DayCount>('demand_daily', {
  book_id: key('text', (row) => row.bookId),
  day: key('date', (row) => row.day),
  reservations: sum((row) => row.reservations),
  cancellations: sum((row) => row.cancellations),
});

export const DEMAND_STATE = defineTable<KeptPiece>('demand_state', {
  book_id: key('text', (row) => row.bookId),
  kind: key('text', (row) => row.kind),
  id: key('text', (row) => row.id),
  // It contains tickets, which count from the open reservations that were in memory, and ends of pickup windows, which are 0 ms
  // after their beginnings where an earlier version has stored them: a replay has others.
  change: notCompared(column('jsonb', (row) => row.change)),
});

/** IDs that count once for ever within their book. */
export const DEMAND_IDS = defineTable<KnownId>('demand_ids', {
  id: fixed('uuid', (row) => row.id),
  book_id: fixed('text', (row) => row.bookId),
  kind: fixed('text', (row) => row.kind),
});
