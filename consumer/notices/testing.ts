import { v7 as uuidv7 } from 'uuid';
import type { Outcome } from '../../schemas/generated/events';
import type { ClaimedNotice } from './queue';

type Of<T extends Outcome['type']> = Extract<Outcome, { type: T }>;
type Common = 'type' | 'eventId' | 'occurredAt' | 'bookId' | 'reservationId' | 'userId';

/** An outcome with IDs of its own, of the user and the book that are named or of some others. */
export function outcome<T extends Outcome['type']>(
  type: T,
  fields: Omit<Of<T>, Common> & { readonly bookId?: string; readonly userId?: string },
): Of<T> {
  return {
    type,
    eventId: uuidv7(),
    occurredAt: Date.UTC(2026, 0, 1),
    bookId: 'some-book',
    reservationId: uuidv7(),
    userId: 'ann',
    ...fields,
  } as unknown as Of<T>;
}

/** Outcomes of as many reservations that are ready, each of a book and a user of its own. */
export function readyOutcomes(count: number, name: string): Of<'ReservationReady'>[] {
  return Array.from({ length: count }, (_, i) =>
    outcome('ReservationReady', { bookId: `${name}-${i}`, userId: `reader-${i}`, copyId: 'c1', pickupBy: 0 }),
  );
}

/** A notice that was taken up. */
export function claimed(userId: string, attempts = 1): ClaimedNotice {
  const noticeId = uuidv7();
  return { noticeId, kind: 'expired', bookId: 'b', reservationId: uuidv7(), userId, details: {}, attempts };
}
