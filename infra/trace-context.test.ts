import { traceField, traceparentIn, traceparentOf } from './trace-context';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const GOOD = `00-${TRACE}-00f067aa0ba902b7-01`;

test('a header that is well-formed is taken as it is, of a request and of a record', () => {
  expect(traceparentOf(GOOD)).toBe(GOOD);
  expect(traceparentIn(Buffer.from(GOOD))).toBe(GOOD);
  expect(traceField(GOOD)).toEqual({ traceId: TRACE });
});

test.each([
  undefined,
  '',
  'nonsense',
  GOOD.toUpperCase(),
  `${GOOD}-more`,
  `ff${GOOD.slice(2)}`,
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `\u0000${GOOD.slice(1)}`,
])('%p counts as absent', (header) => {
  expect(traceparentOf(header)).toBeUndefined();
  expect(traceparentIn(header === undefined ? undefined : Buffer.from(header))).toBeUndefined();
  expect(traceField(undefined)).toEqual({});
});
