import fc from 'fast-check';
import { timestampText } from './timestamp-text';

test('is the ISO 8601 text of any time', () => {
  const anyTime = fc.date({ noInvalidDate: true }).map((date) => date.getTime());
  fc.assert(
    fc.property(anyTime, (time) => {
      expect(timestampText(time)).toBe(new Date(time).toISOString());
    }),
    { examples: [[0], [-1], [Date.UTC(2026, 11, 31, 23, 59, 59, 999)]] },
  );
});
