import { noticeOf } from './notice';
import { outcome } from './testing';

describe('which outcomes make a notice', () => {
  test('ready: the copy, and until when', () => {
    const ready = outcome('ReservationReady', { copyId: 'c1', pickupBy: Date.UTC(2026, 11, 1, 14, 5) });
    const { eventId, bookId, reservationId, userId } = ready;
    expect(noticeOf(ready)).toEqual({
      noticeId: eventId,
      kind: 'ready',
      bookId,
      reservationId,
      userId,
      details: { copyId: 'c1', pickupBy: '2026-12-01T14:05:00.000Z' },
    });
  });

  test('rejected: the code', () => {
    expect(noticeOf(outcome('ReservationRejected', { code: 'unknown-book' }))).toMatchObject({
      kind: 'rejected',
      details: { code: 'unknown-book' },
    });
  });

  test('not collected in time', () => {
    const expired = outcome('ReservationClosed', { status: 'expired', reason: null });
    expect(noticeOf(expired)).toMatchObject({ kind: 'expired', details: {} });
  });

  test('cancelled by the limit', () => {
    const cancelled = outcome('ReservationClosed', { status: 'cancelled', reason: 'limit-reached' });
    expect(noticeOf(cancelled)).toMatchObject({ kind: 'limit-reached', details: {} });
  });

  test.each([
    ['a place in the queue', outcome('ReservationWaitlisted', { queuePosition: 1 })],
    ['a loan', outcome('ReservationFulfilled', { copyId: 'c1' })],
    ['a cancellation', outcome('ReservationClosed', { status: 'cancelled', reason: null })],
    [
      'a cancellation for a reason',
      outcome('ReservationClosed', { status: 'cancelled', reason: 'moved away' }),
    ],
    [
      'an end that we do not know',
      outcome('ReservationClosed', { status: 'merged', reason: 'limit-reached' }),
    ],
  ])('no notice: %s', (_, event) => {
    expect(noticeOf(event)).toBeUndefined();
  });

  test('one outcome is one notice', () => {
    const ready = outcome('ReservationReady', { copyId: 'c1', pickupBy: 0 });
    expect(noticeOf({ ...ready })).toEqual(noticeOf(ready));
  });
});
