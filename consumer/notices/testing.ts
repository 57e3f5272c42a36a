import { v7 as uuidv7 } from 'uuid';
import type { Outcome } from '../../schemas/generated/events';
import type { ClaimedNotice } from './queue';

type Of<T extends Outcome['type']> = Extract<Outcome, { type: T }>;
type Common = 'type' | 'eventId' | 'occurredAt' | 'bookId' | 'reservationId' | 'userId';

/** For tests: an outcome with new IDs; user and book have defaults. */
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

/** For tests: so many `ReservationReady` outcomes, each of its own book and user. */
export function readyOutcomes(count: number, name: string): Of<'ReservationReady'>[] {
  return Array.from({ length: count }, (_, i) =>
    outcome('ReservationReady', { bookId: `${name}-${i}`, userId: `reader-${i}`, copyId: 'c1', pickupBy: 0 }),
  );
}

/** For tests: a notice that was claimed. */
export function claimed(userId: string, attempts = 1): ClaimedNotice {
  const noticeId = uuidv7();
  return {
    noticeId,
    kind: 'expired',
    bookId: 'b',
    reservationId: uuidv7(),
    userId,
    details: {},
    attempts,
    traceparent: null,
  };
}
