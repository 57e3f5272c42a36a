import { isForgotten } from '../../schemas/forgotten/erasure';
import type { Outcome } from '../../schemas/generated/events';

/** What a notice informs of. */
export const KINDS = ['ready', 'rejected', 'expired', 'limit-reached'] as const;
export type NoticeKind = (typeof KINDS)[number];

/** A message to a user about a reservation. */
export interface Notice {
  /** The ID of the outcome that it informs of: one outcome is one notice. */
  readonly noticeId: string;
  readonly kind: NoticeKind;
  readonly bookId: string;
  readonly reservationId: string;
  readonly userId: string;
  /** Fields that depend on the kind: `copyId` and `pickupBy` (ISO 8601) if ready, `code` if rejected. */
  readonly details: Readonly<Record<string, string>>;
}

/** The reason of cancellations by the limit of open reservations. */
const LIMIT_REACHED = 'limit-reached';

/** The notice for an outcome; undefined for outcomes that need none, that the user has caused, or whose user was forgotten. */
export function noticeOf(outcome: Outcome): Notice | undefined {
  if (isForgotten(outcome.userId)) return undefined;
  switch (outcome.type) {
    case 'ReservationReady': {
      const pickupBy = new Date(outcome.pickupBy).toISOString();
      return notice(outcome, 'ready', { copyId: outcome.copyId, pickupBy });
    }
    case 'ReservationRejected':
      return notice(outcome, 'rejected', { code: outcome.code });
    case 'ReservationClosed':
      if (outcome.status === 'expired') return notice(outcome, 'expired', {});
      if (outcome.status === 'cancelled' && outcome.reason === LIMIT_REACHED)
        return notice(outcome, 'limit-reached', {});
      return undefined;
    case 'ReservationFulfilled':
    case 'ReservationWaitlisted':
      return undefined;
  }
}

function notice(outcome: Outcome, kind: NoticeKind, details: Notice['details']): Notice {
  const { eventId: noticeId, bookId, reservationId, userId } = outcome;
  return { noticeId, kind, bookId, reservationId, userId, details };
}
