import { describeTally, quantile, Tally } from './summary';

const answer = (status: number, body: Record<string, unknown>, ms = 1, retries = 0) => ({
  status,
  body,
  ms,
  retries,
});

describe('the summary', () => {
  test('counts accepted requests, refusals by code, and retries', () => {
    const tally = new Tally();
    tally.add(answer(202, { position: '3:10' }, 2));
    tally.add(answer(202, { position: '3:9' }, 4, 2));
    tally.add(answer(409, { code: 'already-reserved' }));
    tally.add(answer(502, {}));
    expect(describeTally(tally, 2)).toBe(
      '2 accepted in 2.0 s (1/s; p50 2.0 ms, p99 4.0 ms, 2 sent again), refused: 1 already-reserved, 1 HTTP 502',
    );
  });

  test('remembers the newest position of each partition', () => {
    const tally = new Tally();
    for (const position of ['3:10', '3:9', '0:7', undefined]) tally.add(answer(202, { position }));
    expect([...tally.newest]).toEqual([
      [3, 10],
      [0, 7],
    ]);
  });

  test('handles no refusals and no requests', () => {
    expect(describeTally(new Tally(), 0)).toBe(
      '0 accepted in 0.0 s (0/s; p50 0.0 ms, p99 0.0 ms), refused: none',
    );
  });

  test('computes quantiles from the values themselves', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 50, 99, 100]);
    expect(quantile([], 0.5)).toBe(0);
  });
});
