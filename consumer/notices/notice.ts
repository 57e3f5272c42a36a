import type { Outcome } from '../../schemas/generated/events';

/** What a notice is about. */
export type NoticeKind = 'ready' | 'rejected' | 'expired' | 'limit-reached';

/** Something that a user is to be told about a reservation. */
export interface Notice {
  /** The ID of the outcome that it tells of: the same outcome is the same notice. */
  readonly noticeId: string;
  readonly kind: NoticeKind;
  readonly bookId: string;
  readonly reservationId: string;
  readonly userId: string;
  /** What else belongs to the kind: the copy and `pickupBy` (ISO 8601) of a ready one, the `code` of a rejected one. */
  readonly details: Readonly<Record<string, string>>;
}

/** The reason that the limit of open reservations gives when it ends one. */
const LIMIT_REACHED = 'limit-reached';

/** The notice that an outcome calls for; undefined where users need not be told, or did it themselves. */
export function noticeOf(outcome: Outcome): Notice | undefined {
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
