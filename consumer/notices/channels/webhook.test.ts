import { createHmac } from 'node:crypto';
import { PermanentError, TryLaterError } from './channel';
import { noticeOf } from '../notice';
import { bodyOf, failureOf, signatureOf } from './webhook';
import { NOTICE_WEBHOOK } from './webhook-docs';

const ID = '0190b3a4-7c3e-7d2a-9a43-3f6f1f0a9b11';
const NOW = Date.UTC(2026, 0, 1);

describe('the response of a receiver', () => {
  test.each([200, 202, 204])('%i: accepted', (status) => {
    expect(failureOf(status, undefined, NOW)).toBeUndefined();
  });

  test.each([400, 401, 404, 410, 422])('%i: rejected for good', (status) => {
    expect(failureOf(status, '5', NOW)).toBeInstanceOf(PermanentError);
  });

  test.each([302, 408, 429, 500, 503])('%i: a transient error', (status) => {
    const failure = failureOf(status, undefined, NOW);
    expect(failure).toEqual(new Error(`the receiver answered ${status}`));
    expect(failure).not.toBeInstanceOf(PermanentError);
  });

  test.each([
    ['seconds', '120', 120_000],
    ['a date', new Date(NOW + 30_000).toUTCString(), 30_000],
    ['a date in the past', new Date(NOW - 30_000).toUTCString(), 0],
    ['more than a day: a day', '999999999', 86_400_000],
  ])('Retry-After sets the pause: %s', (_, header, pause) => {
    expect(failureOf(429, header, NOW)).toMatchObject({ pause });
    expect(failureOf(503, header, NOW)).toBeInstanceOf(TryLaterError);
  });

  test('an invalid Retry-After is ignored', () => {
    expect(failureOf(503, 'soon', NOW)).not.toBeInstanceOf(TryLaterError);
  });
});

test('a signature equals that of the example in the specification of Standard Webhooks', () => {
  const signature = signatureOf(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
  );
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('a secret without the prefix is the key itself', () => {
  const expected = createHmac('sha256', 'correct horse battery').update('id.1.body').digest('base64');
  expect(signatureOf('correct horse battery', 'id', 1, 'body')).toBe(`v1,${expected}`);
});

test('the OpenAPI document describes the bodies that are sent, of every kind', () => {
  const shared = { eventId: ID, occurredAt: NOW, reservationId: ID, bookId: 'b', userId: 'u' };
  const bodies = [
    noticeOf({ type: 'ReservationReady', ...shared, copyId: 'c', pickupBy: NOW }),
    noticeOf({ type: 'ReservationRejected', ...shared, code: 'already-reserved' }),
    noticeOf({ type: 'ReservationClosed', ...shared, status: 'expired', reason: null }),
    noticeOf({ type: 'ReservationClosed', ...shared, status: 'cancelled', reason: 'limit-reached' }),
  ].map((notice) => JSON.parse(bodyOf(notice!, { subject: 's', text: 't' })) as object);
  // What is not described would be left out.
  for (const body of bodies) expect(NOTICE_WEBHOOK.body.parse(body)).toEqual(body);
  expect(NOTICE_WEBHOOK.body.parse(NOTICE_WEBHOOK.example)).toEqual(NOTICE_WEBHOOK.example);
});
