import { LockedError, lockPlan, type Blocker } from './table-locks';

const DEADLOCK_TIMEOUT = 1_000;

const blocker = (fields: Partial<Blocker>): Blocker => ({
  pid: 7,
  application: '',
  username: 'ann',
  backend: 'client backend',
  since: null,
  query: null,
  ...fields,
});

const VIEW = { tables: ['books', 'copies', 'history', 'notes'].map((name) => ({ name, compared: [] })) };
const plan = (failures: number, blockers: Blocker[], table?: string) =>
  lockPlan(VIEW, failures, { blockers, ...(table !== undefined && { table }) }, DEADLOCK_TIMEOUT);

test('a try waits shortly, since readers queue behind it; now and then it is patient', () => {
  const waits = Array.from({ length: 10 }, (_, failures) => plan(failures, [blocker({})]));
  expect(waits.map(({ firstMs }) => firstMs)).toEqual([200, 200, 200, 200, 500, 200, 200, 200, 200, 500]);
  expect(waits.map(({ aloneMs }) => aloneMs)).toEqual([0, 0, 0, 0, 1_500, 0, 0, 0, 0, 1_500]);
});

test('it begins with the table that it did not get, and readers of several tables never wait for a deadlock with it', () => {
  const { tables, firstMs, restMs } = plan(4, [blocker({})], 'history');
  expect(tables).toEqual(['history', 'books', 'copies', 'notes']);
  expect(firstMs + restMs * 3).toBeLessThan(DEADLOCK_TIMEOUT);
});

test('behind an autovacuum it waits longer than deadlock_timeout, after which Postgres cancels the autovacuum', () => {
  const wait = (fields: Partial<Blocker>) => plan(1, [blocker(fields)]).aloneMs;
  expect(wait({ backend: 'autovacuum worker' })).toBe(1_500);
  // As somebody sees it who may not see the processes of others.
  expect(wait({ backend: null, username: null })).toBe(1_500);
  expect(wait({ backend: null, username: 'root' })).toBe(0);
  expect(wait({ pid: 0, backend: null, username: null })).toBe(0);
});

test('an error says who holds the tables, since when and with what', () => {
  const since = new Date('2026-11-26T12:00:00Z');
  const report = blocker({ application: 'report', since, query: 'SELECT *\n  FROM books' });
  expect(new LockedError([report, blocker({ pid: 0 })]).message).toBe(
    'the live tables are in use: by process 7 (report, user ann) since 2026-11-26T12:00:00.000Z with "SELECT * FROM books"; ' +
      'by a prepared transaction (pg_prepared_xacts)',
  );
  expect(new LockedError([]).message).toContain('by many short queries');
});
