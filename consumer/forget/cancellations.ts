import { v5 as uuidv5 } from 'uuid';
import type { LibraryEvent } from '../../schemas/generated/events';
import { NotForgottenError, type ForgetSources } from './sources';

/** The namespace of the IDs of these cancellations. */
const FORGET_IDS = '5b0f4a0e-6d0c-4f4e-9a39-4c1f0c1e7d28';

type Cancelled = Extract<LibraryEvent, { type: 'ReservationCancelled' }>;

interface OpenRow {
  readonly book_id: string;
  readonly reservation_id: string;
  readonly held: boolean;
  readonly now: Date;
}

/**
 * Cancels the open reservations of somebody, as the staff would. The event ID is derived from the reservation: it is cancelled
 * once, however often this is interrupted and repeated.
 * @returns how many there were
 * @throws {NotForgottenError} when the book of one of them waits behind a dead letter
 */
export async function cancelOpen(sources: ForgetSources, userId: string): Promise<number> {
  const { pool, log, topics, encode } = sources;
  const { rows } = await pool.query<OpenRow>(
    `SELECT r.book_id, r.reservation_id, now() AS now,
            EXISTS (SELECT FROM library.held_books h WHERE h.consumer = 'availability' AND h.book_id = r.book_id) AS held
       FROM library.reservations r WHERE r.user_id = $1 AND r.status IN ('waiting', 'ready') ORDER BY r.book_id`,
    [userId],
  );
  if (rows.length === 0) return 0;
  const held = rows.find((row) => row.held);
  if (held)
    throw new NotForgottenError(
      `Their reservation of book ${held.book_id} cannot be closed while the book waits behind a dead letter: retry or discard ` +
        'that first ("library dead-letters list").',
    );
  const appender = log.createAppender();
  try {
    const positions = await appender.append(
      topics.reservations,
      rows.map((row) => encode(cancellationOf(row))),
    );
    if (positions.includes(undefined)) throw new Error('Kafka did not acknowledge all cancellations.');
  } finally {
    await appender.close();
  }
  return rows.length;
}

function cancellationOf({ book_id: bookId, reservation_id: reservationId, now }: OpenRow): Cancelled {
  return {
    type: 'ReservationCancelled',
    eventId: uuidv5(`${bookId} ${reservationId}`, FORGET_IDS),
    occurredAt: now.getTime(),
    bookId,
    reservationId,
    userId: null,
    reason: null,
  };
}
