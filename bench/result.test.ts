import { describePart, holds, show } from './result';

const measure = (values: number[], limit?: { atLeast: number } | { atMost: number }) => ({
  name: 'm',
  unit: 's',
  values,
  ...(limit && { limit }),
});

describe('the results of the benchmarks', () => {
  test('go by the median', () => {
    expect(holds(measure([1, 2, 9], { atLeast: 2 }))).toBe(true);
    expect(holds(measure([1, 2, 9], { atMost: 1.9 }))).toBe(false);
    expect(holds(measure([1]))).toBeUndefined();
  });

  test('stand in a table with their limits', () => {
    const measures = [measure([0.5, 1], { atLeast: 0.7 }), measure([2], { atMost: 1 }), measure([1_234.5])];
    expect(describePart({ title: 'T', measures, notes: ['n'] })).toBe(
      [
        'T',
        '         median    min    max  limit',
        '  m (s)   0.750  0.500   1.00  ≥ 0.7     ok',
        '  m (s)    2.00   2.00   2.00    ≤ 1  short',
        '  m (s)   1,235  1,235  1,235',
        '  n',
        '',
        '',
      ].join('\n'),
    );
  });

  test('show three digits that matter', () => {
    expect([0.123_45, 12.345, 123_456].map(show)).toEqual(['0.123', '12.3', '123,456']);
  });
});
