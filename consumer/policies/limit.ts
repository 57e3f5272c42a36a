import type { Pool } from 'pg';
import { v5 as uuidv5 } from 'uuid';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { RefusalCode } from '../../schemas/refusals';
import { NOT_BLOCKED } from '../projector/set-aside-sql';

/** The namespace of the IDs of cancellations by the limit. */
const LIMIT_IDS = '9a1f6d52-7c55-4d0b-8d0e-3c6f0c1e2b90';
/** How many one query returns at most. */
const BATCH = 500;

type Cancelled = Extract<LibraryEvent, { type: 'ReservationCancelled' }>;

/**
 * The reservations that users have beyond the limit, as the cancellations that end them. Of a user's open reservations the
 * oldest are kept, by the time at which they were made.
 *
 * The limit spans books, and so partitions, which no single consumer reads in one order. So it cannot be enforced before a
 * reservation takes effect. It is enforced afterwards, once for each reservation: the cancellation's event ID is derived
 * from the reservation.
 * @param limit how many open reservations a user may have; 0 = none
 * @param now milliseconds since the epoch
 */
export async function reservationsBeyond(limit: number, pool: Pool, now: number): Promise<Cancelled[]> {
  const { rows } = await pool.query<{ book_id: string; reservation_id: string }>({
    name: 'beyond-limit',
    text: `SELECT book_id, reservation_id FROM (
             SELECT book_id, reservation_id,
                    row_number() OVER (PARTITION BY user_id ORDER BY reserved_at, reservation_id, book_id) AS place
               FROM library.reservations WHERE status IN ('waiting', 'ready')) AS open
            WHERE place > $1 AND ${NOT_BLOCKED} LIMIT ${BATCH}`,
    values: [limit],
  });
  return rows.map(({ book_id: bookId, reservation_id: reservationId }) => ({
    type: 'ReservationCancelled',
    eventId: uuidv5(`${bookId} ${reservationId}`, LIMIT_IDS),
    occurredAt: now,
    bookId,
    reservationId,
    userId: null,
    reason: 'limit-reached' satisfies RefusalCode,
  }));
}
