import type { Pool } from 'pg';
import { v5 as uuidv5 } from 'uuid';
import type { LibraryEvent } from '../../schemas/generated/events';
import { NOT_BLOCKED } from '../projector/set-aside-sql';

/** The namespace of the IDs of expiries. */
const EXPIRY_IDS = '0d3c8c1e-52a7-4c4e-8a55-2f0d5a3b7e61';
/** How many one query returns at most. */
const BATCH = 500;

type Expired = Extract<LibraryEvent, { type: 'ReservationExpired' }>;

interface OverdueRow {
  book_id: string;
  reservation_id: string;
  pickup_by: Date;
}

/**
 * The reservations whose pickup window is over, as `ReservationExpired` events, the longest overdue first.
 *
 * The event ID is derived from the reservation and the end of its window. So it is one event, however many instances find
 * it and however often before the view shows it. A reservation that is promoted again has another window, and so another
 * event.
 * @param now milliseconds since the epoch
 */
export async function overdueReservations(pool: Pool, now: number): Promise<Expired[]> {
  const { rows } = await pool.query<OverdueRow>({
    name: 'overdue',
    text: `SELECT book_id, reservation_id, pickup_by FROM library.reservations
            WHERE status = 'ready' AND pickup_by <= to_timestamp($1 / 1000.0) AND ${NOT_BLOCKED}
            ORDER BY pickup_by LIMIT ${BATCH}`,
    values: [now],
  });
  return rows.map(({ book_id: bookId, reservation_id: reservationId, pickup_by: pickupBy }) => ({
    type: 'ReservationExpired',
    eventId: uuidv5(`${bookId} ${reservationId} ${pickupBy.getTime()}`, EXPIRY_IDS),
    occurredAt: now,
    bookId,
    reservationId,
  }));
}
