import { Backoff } from './backoff';

describe('the pause before a process is started again', () => {
  test('doubles from half a second up to ten', () => {
    const backoff = new Backoff();
    expect(Array.from({ length: 7 }, () => backoff.next(100))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  test('is short again after the process has run for half a minute', () => {
    const backoff = new Backoff();
    backoff.next(100);
    backoff.next(100);
    expect(backoff.next(30_000)).toBe(500);
  });
});
