import { PermanentError, TryLaterError } from '../channel';
import { failureOf } from './webhook';

const NOW = Date.UTC(2026, 0, 1);

describe('what the answer of a receiver means', () => {
  test.each([200, 202, 204])('%i: it was taken', (status) => {
    expect(failureOf(status, undefined, NOW)).toBeUndefined();
  });

  test.each([400, 401, 404, 410, 422])('%i: it never will be', (status) => {
    expect(failureOf(status, '5', NOW)).toBeInstanceOf(PermanentError);
  });

  test.each([302, 408, 429, 500, 503])('%i: another time', (status) => {
    const failure = failureOf(status, undefined, NOW);
    expect(failure).toEqual(new Error(`the receiver answered ${status}`));
    expect(failure).not.toBeInstanceOf(PermanentError);
  });

  test.each([
    ['seconds', '120', 120_000],
    ['a date', new Date(NOW + 30_000).toUTCString(), 30_000],
    ['a date that is over', new Date(NOW - 30_000).toUTCString(), 0],
    ['more than a day: a day', '999999999', 86_400_000],
  ])('a wish for when to come back is heeded: %s', (_, header, pause) => {
    expect(failureOf(429, header, NOW)).toMatchObject({ pause });
    expect(failureOf(503, header, NOW)).toBeInstanceOf(TryLaterError);
  });

  test('a wish that nobody understands is none', () => {
    expect(failureOf(503, 'soon', NOW)).not.toBeInstanceOf(TryLaterError);
  });
});
