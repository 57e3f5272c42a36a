import * as fc from 'fast-check';
import { Problem } from './problem';
import { parseQuery } from './query';

test('parses what URLSearchParams writes', () => {
  const names = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(names, fc.string({ unit: 'grapheme' })), { selector: ([name]) => name }),
      (pairs) => {
        const written = new URLSearchParams(pairs).toString();
        expect(parseQuery(`/path?${written}`)).toEqual(
          Object.assign(Object.create(null), Object.fromEntries(pairs)),
        );
      },
    ),
  );
});

test('a parameter that is sent twice becomes a list', () => {
  expect(parseQuery('/path?a=1&b=2&a=3&a=4')).toEqual({ a: ['1', '3', '4'], b: '2' });
});

test('no query, no parameters', () => {
  expect(parseQuery('/path')).toEqual({});
  expect(parseQuery('/path?')).toEqual({});
  expect(parseQuery('/path?&&')).toEqual({});
});

test('names from the prototype are ordinary names', () => {
  expect(parseQuery('/path?__proto__=1&constructor=2')['constructor']).toBe('2');
});

test.each(['%', '%4', '%zz', '%ff', '%ed%a0%80'])('%s is no percent-encoding of UTF-8: 400', (broken) => {
  expect(() => parseQuery(`/path?a=${broken}`)).toThrow(Problem);
  expect(() => parseQuery(`/path?${broken}=a`)).toThrow(Problem);
});
