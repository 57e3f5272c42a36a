import { span, table } from './table';

describe('a table', () => {
  test('has aligned columns, and no blanks at the end of a line', () => {
    expect(
      table([
        ['A', 'LONG'],
        ['something', 'x'],
        ['b', ''],
      ]),
    ).toEqual(['A          LONG', 'something  x', 'b']);
  });
});

describe('a time span', () => {
  test.each([
    [0, '0s'],
    [42_900, '42s'],
    [185_000, '3m 5s'],
    [7_800_000, '2h 10m'],
    [86_400_000, '1d'],
    [-5, '0s'],
  ])('of %d ms is shown as %s', (milliseconds, text) => {
    expect(span(milliseconds)).toBe(text);
  });
});
