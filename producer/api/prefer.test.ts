import * as fc from 'fast-check';
import { waitOf } from './prefer';

test.each([
  ['wait=5', 5],
  ['wait=0', 0],
  ['wait=30', 30],
  ['wait=31', 30],
  ['wait=99999999999999999999', 30],
  ['Wait=5', 5],
  ['WAIT = 5', 5],
  ['  wait=5  ', 5],
  ['wait="5"', 5],
  ['wait="05"', 5],
  ['wait=5; strict', 5],
  ['wait=5;strict=1', 5],
  ['respond-async, wait=5', 5],
  ['respond-async,wait=5', 5],
  ['return=minimal;foo="a, wait=9", wait=5', 5],
  ['note="say \\"hi\\", wait=9", wait=5', 5],
  [', ,wait=5', 5],
  ['wait=5, wait=9', 5],
  ['wait=soon, wait=9', 0],
  ['wait', 0],
  ['wait=', 0],
  ['wait=""', 0],
  ['wait=-1', 0],
  ['wait=1.5', 0],
  ['wait=1e1', 0],
  ['wait=5s', 0],
  ['wait=5 6', 0],
  ['wait: 5', 0],
  ['await=5', 0],
  ['waiting=5', 0],
  ['"wait=5"', 0],
  ['wait="5', 0],
  ['', 0],
  [undefined, 0],
])('prefer: %s waits %s s', (header, seconds) => {
  expect(waitOf(header)).toBe(seconds);
});

test('whatever is sent, the wait is a whole number from 0 to 30', () => {
  const piece = fc.constantFrom('wait', '=', '"', ',', ';', ' ', '5', '12', '\\', 'respond-async', 'x');
  const header = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(header, (text) => {
      const wait = waitOf(text);
      expect(Number.isInteger(wait) && wait >= 0 && wait <= 30).toBe(true);
    }),
  );
});

test('wait is found among any other preferences, in any place', () => {
  const token = fc.stringMatching(/^[a-z]{1,8}$/).filter((name) => name !== 'wait');
  const quoted = fc.stringMatching(/^[a-z,;= ]{0,8}$/).map((value) => `"${value}"`);
  const other = fc.tuple(token, fc.oneof(token, quoted)).map(([name, value]) => `${name}=${value}`);
  const others = fc.array(other, { maxLength: 4 });
  fc.assert(
    fc.property(others, others, fc.nat({ max: 40 }), (before, behind, seconds) => {
      expect(waitOf([...before, `wait=${seconds}`, ...behind].join(', '))).toBe(Math.min(seconds, 30));
    }),
  );
});

test('a hostile header is parsed in linear time', () => {
  const started = performance.now();
  waitOf('"'.repeat(8_000));
  waitOf(`wait="${'\\'.repeat(8_000)}`);
  waitOf(`a="${'a",'.repeat(3_000)}`);
  expect(performance.now() - started).toBeLessThan(500);
});
