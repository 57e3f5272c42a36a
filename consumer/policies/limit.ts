import type { Pool } from 'pg';
import { v5 as uuidv5 } from 'uuid';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { RefusalCode } from '../../schemas/refusals';
import { NOT_BLOCKED } from '../projector/set-aside-sql';

/** The namespace of the IDs of cancellations by the limit. */
const LIMIT_IDS = '9a1f6d52-7c55-4d0b-8d0e-3c6f0c1e2b90';

type Cancelled = Extract<LibraryEvent, { type: 'ReservationCancelled' }>;

/** What a user has beyond the limit. */
export interface Beyond {
  readonly userId: string;
  /** Absent: the book is blocked by a dead letter, so nothing can be decided about the reservation at present. */
  readonly cancellation: Cancelled | undefined;
}

interface BeyondRow {
  user_id: string;
  book_id: string;
  reservation_id: string;
  decidable: boolean;
  now: Date;
}

/**
 * The reservations that these users have beyond the limit, with the cancellations that end them. Of a user's open
 * reservations the oldest are kept, by the time at which they were made.
 *
 * The limit spans books, and so partitions, which no single consumer reads in one order. So it cannot be enforced before a
 * reservation takes effect. It is enforced afterwards, once for each reservation: the cancellation's event ID is derived
 * from the reservation.
 * @param limit how many open reservations a user may have; 0 = none
 */
export async function reservationsBeyond(
  limit: number,
  pool: Pool,
  users: readonly string[],
): Promise<Beyond[]> {
  const { rows } = await pool.query<BeyondRow>({
    name: 'beyond-limit',
    text: `SELECT user_id, book_id, reservation_id, ${NOT_BLOCKED} AS decidable, now() AS now FROM (
             SELECT user_id, book_id, reservation_id,
                    row_number() OVER (PARTITION BY user_id ORDER BY reserved_at, reservation_id, book_id) AS place
               FROM library.reservations WHERE user_id = ANY($2::text[]) AND status IN ('waiting', 'ready')) AS open
            WHERE place > $1`,
    values: [limit, users],
  });
  return rows.map((row) => ({
    userId: row.user_id,
    cancellation: row.decidable ? cancellationOf(row) : undefined,
  }));
}

function cancellationOf({ book_id: bookId, reservation_id: reservationId, now }: BeyondRow): Cancelled {
  return {
    type: 'ReservationCancelled',
    eventId: uuidv5(`${bookId} ${reservationId}`, LIMIT_IDS),
    occurredAt: now.getTime(),
    bookId,
    reservationId,
    userId: null,
    reason: 'limit-reached' satisfies RefusalCode,
  };
}

/** The users who have more open reservations than the limit. It reads all open reservations. */
export async function usersBeyond(limit: number, pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ user_id: string }>(
    `SELECT user_id FROM library.reservations WHERE status IN ('waiting', 'ready')
      GROUP BY user_id HAVING count(*) > $1`,
    [limit],
  );
  return rows.map(({ user_id: userId }) => userId);
}
