import { partitionOf } from '../infra/event-log/murmur2';
import { PARTITIONS } from '../schemas/topics';
import { checkHealthy, healthyWrites } from './health';
import type { Operation, Result } from './history';

const OK: Result = { kind: 'ok', eventId: '', position: { partition: 0, offset: 0 }, reservationId: null };
const UNKNOWN: Result = { kind: 'unknown', reason: '504' };
const partition = (bookId: string) => partitionOf(Buffer.from(bookId), PARTITIONS);

function write(bookId: string, startedAt: number, result: Result, keyed = false): Operation {
  const wanted = { type: 'CopyAdded', bookId, userId: null, copyId: 'c', reservationId: null } as const;
  return { trace: '', wanted, keyed, attempts: [{ startedAt, endedAt: startedAt + 5, result }] };
}

const window = { from: 100, until: 200, partitions: new Set([partition('emma')]), keyed: false };

test('only writes count that began in a window and needed nothing that was not there', () => {
  expect(partition('walden')).not.toBe(partition('emma'));
  const operations = [
    write('emma', 100, OK),
    write('emma', 150, UNKNOWN),
    write('emma', 99, UNKNOWN),
    write('emma', 200, UNKNOWN),
    write('emma', 150, UNKNOWN, true),
    write('walden', 150, UNKNOWN),
  ];
  expect(healthyWrites(operations, [window])).toEqual({ writes: 2, acknowledged: 1 });
  expect(healthyWrites(operations, [{ ...window, keyed: true }])).toEqual({ writes: 3, acknowledged: 1 });
  expect(healthyWrites(operations, [])).toBeNull();
});

test('a write that was acknowledged at a later attempt was held up', () => {
  const [first] = write('emma', 150, UNKNOWN).attempts;
  const again = { startedAt: 180, endedAt: 185, result: OK };
  const operation = { ...write('emma', 150, OK), attempts: [first!, again] };
  expect(healthyWrites([operation], [window])).toEqual({ writes: 1, acknowledged: 0 });
});

test('less than 95 % is a finding', () => {
  expect(checkHealthy(null)).toEqual([]);
  expect(checkHealthy({ writes: 0, acknowledged: 0 })).toEqual([]);
  expect(checkHealthy({ writes: 100, acknowledged: 95 })).toEqual([]);
  expect(checkHealthy({ writes: 100, acknowledged: 94 })).toMatchObject([{ kind: 'held up' }]);
});
