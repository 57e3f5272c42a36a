import type { Operation, Result } from '../history';
import { overloadTable, type Phase } from './overload-table';

const wanted = { type: 'CopyReturned', bookId: 'b', userId: null, copyId: 'c', reservationId: null } as const;
const ok: Result = { kind: 'ok', eventId: 'e', position: { partition: 0, offset: 0 }, reservationId: null };
const refused: Result = { kind: 'failed', reason: '503 overloaded' };

const writes = (count: number, result: Result, ms = 10): Operation[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ trace: `${i}`, wanted, keyed: false },
    attempts: [{ startedAt: 0, endedAt: ms, result }],
  }));
const phase = (operations: readonly Operation[], memory = 100): Phase => ({
  ...{ operations, seconds: 1 },
  memory: new Map([['api-1', memory]]),
});

function rowsOf(over: Phase, sent: readonly Operation[]) {
  const { rows } = overloadTable({ calm: phase(writes(100, ok)), over, capacity: 100, sent, seconds: 1 });
  return new Map(rows.map(([name, ...cells]) => [name, cells]));
}

test('load that is refused in the right way, and quick answers to what is accepted, keep the limits', () => {
  const rows = rowsOf(phase(writes(50, ok, 39)), [...writes(50, ok), ...writes(900, refused)]);
  expect(rows.get('offered, a second')).toEqual(['100', '1000', '']);
  expect(rows.get('accepted')).toEqual(['100', '100', '']);
  expect(rows.get('503 with Retry-After')).toEqual(['0', '900', '']);
  expect(rows.get('p99')).toEqual(['10 ms', '39 ms', '≤ 4 × before']);
  expect([...rows.values()].flat().join(' ')).not.toContain('short');
});

test.each<[string, string, Phase, readonly Operation[]]>([
  ['accepted writes that are slow', 'p99', phase(writes(50, ok, 41)), []],
  ['memory', 'memory of the largest process', phase(writes(50, ok), 500), []],
  ['a 500', 'answered otherwise', phase([]), writes(1, { kind: 'unknown', reason: '500 internal-error' })],
  [
    'a connection that broke',
    'answered otherwise',
    phase([]),
    writes(1, { kind: 'unknown', reason: 'ECONNRESET' }),
  ],
  [
    'no Retry-After',
    'answered otherwise',
    phase([]),
    writes(1, { kind: 'failed', reason: '503 overloaded, no Retry-After' }),
  ],
])('short: %s', (_, name, over, sent) => {
  expect(rowsOf(over, sent).get(name)!.at(-1)).toContain('**short**');
});
