import type { Pool } from 'pg';
import { v5 as uuidv5 } from 'uuid';
import { formatPosition } from '../../infra/event-log/log';
import type { LibraryEvent } from '../../schemas/generated/events';
import { NOT_BLOCKED } from '../projector/set-aside-sql';

/** The namespace of the IDs of expiries. */
const EXPIRY_IDS = '0d3c8c1e-52a7-4c4e-8a55-2f0d5a3b7e61';
/** How many one query returns at most. */
const PAGE = 500;

type Expired = Extract<LibraryEvent, { type: 'ReservationExpired' }>;

interface OverdueRow {
  book_id: string;
  reservation_id: string;
  pickup_by: Date;
  ready_since: Date | null;
  partition: number;
  offset: string;
  now: Date;
}

/**
 * The reservations whose pickup window is over by the database's clock, as `ReservationExpired` events, the longest overdue
 * first, page by page. The database's clock is the same for every instance: a host whose clock is wrong ends no window early.
 *
 * The event ID is derived from the reservation, the end of its window, and the event that changed it last. So it is one event,
 * however many instances find it and however often before the view shows it; and another window is another event.
 * @param partitions those in which the view is far enough to decide
 */
export async function* overdueReservations(
  pool: Pool,
  partitions: readonly number[],
): AsyncGenerator<Expired[]> {
  let last: OverdueRow | undefined;
  do {
    const { rows } = await pool.query<OverdueRow>({
      name: 'overdue',
      text: `SELECT book_id, reservation_id, pickup_by, ready_since, partition, "offset", now() AS now FROM library.reservations
              WHERE status = 'ready' AND pickup_by <= now() AND partition = ANY($1::int[]) AND ${NOT_BLOCKED}
                AND pickup_by >= $2 AND (pickup_by, book_id, reservation_id) > ($2, $3, $4)
              ORDER BY pickup_by, book_id, reservation_id LIMIT ${PAGE}`,
      values: [
        partitions,
        last?.pickup_by ?? '-infinity',
        last?.book_id ?? '',
        last?.reservation_id ?? '00000000-0000-0000-0000-000000000000',
      ],
    });
    if (rows.length > 0) yield rows.map(expiryOf);
    last = rows.length === PAGE ? rows.at(-1) : undefined;
  } while (last);
}

function expiryOf(row: OverdueRow): Expired {
  const { book_id: bookId, reservation_id: reservationId, partition } = row;
  const pickupBy = row.pickup_by.getTime();
  const changedBy = formatPosition({ partition, offset: Number(row.offset) });
  return {
    type: 'ReservationExpired',
    eventId: uuidv5(`${bookId} ${reservationId} ${pickupBy} ${changedBy}`, EXPIRY_IDS),
    occurredAt: row.now.getTime(),
    bookId,
    reservationId,
    pickupBy,
    readySince: row.ready_since?.getTime() ?? null,
  };
}
