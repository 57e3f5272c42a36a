import type { Operation, Result } from './history';
import { recoveriesOf } from './recovery';

const wanted = { type: 'CopyAdded', bookId: 'b', userId: null, copyId: 'c', reservationId: null } as const;

function operation(endedAt: number, result: Result): Operation {
  return { trace: '', wanted, keyed: false, attempts: [{ startedAt: endedAt - 5, endedAt, result }] };
}

const ok = (endedAt: number, offset: number) =>
  operation(endedAt, { kind: 'ok', eventId: '', position: { partition: 0, offset }, reservationId: null });
const sample = (at: number, nextOffset: number) => ({
  at,
  consumer: 'availability',
  partition: 0,
  nextOffset,
});

test('writes have recovered with the last one that was not acknowledged, after each fault', () => {
  const unknown = (at: number) => operation(at, { kind: 'unknown', reason: '504' });
  const operations = [ok(50, 0), unknown(1_200), unknown(2_500), ok(2_600, 1), unknown(7_700)];
  const writes = recoveriesOf(operations, [], [1_000, 5_000, 9_000]).map((recovery) => recovery.writes);
  expect(writes).toEqual([1_500, 2_700, 0]);
});

test('views have recovered when they hold what was acknowledged a second before', () => {
  const samples = [sample(1_500, 0), sample(2_500, 0), sample(3_500, 1), sample(4_500, 2)];
  const operations = [ok(1_000, 0), ok(1_100, 1), ok(4_000, 2)];
  expect(recoveriesOf(operations, samples, [1_000])).toEqual([{ writes: 0, views: 2_500 }]);
});
