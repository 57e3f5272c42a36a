import type { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../test/servers';
import { waitUntil } from '../local/wait';
import { createLogger } from '../logger';
import { leaderOf, Leadership } from './leadership';
import { createPool } from './pool';

const LOCK = [4711, 1] as const;
const WITHIN = { what: 'the leadership did not change', timeout: 30_000, every: 20 };

describe('of two instances', () => {
  let database: TestDatabase;
  let pool: Pool;
  let instances: Leadership[];
  /** The instances whose terms have begun and not ended. */
  const terms = new Set<string>();
  let failures = 0;

  const instance = (name: string) => {
    const leadership = new Leadership({
      ...{ databaseUrl: database.url, lock: LOCK, name, logger: createLogger('silent') },
      lead() {
        if (failures-- > 0) return Promise.reject(new Error('not now'));
        terms.add(name);
        return Promise.resolve({ close: async () => void terms.delete(name) });
      },
    });
    leadership.start();
    return leadership;
  };
  const leader = () => leaderOf(pool, LOCK);

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, createLogger('silent'));
  });

  beforeEach(async () => {
    failures = 0;
    instances = [instance('one')];
    await waitUntil(() => terms.has('one'), WITHIN);
    instances.push(instance('two'));
  });

  afterEach(() => Promise.all(instances.map((each) => each.close())));

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const backendOf = async (name: string) => {
    const { rows } = await pool.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()',
      [name],
    );
    return rows[0]?.pid;
  };

  test('one leads, is known by its name, and is followed by the other when it stops', async () => {
    await waitUntil(async () => (await backendOf('two')) !== undefined, WITHIN);
    expect([await leader(), [...terms]]).toEqual(['one', ['one']]);
    expect(instances.map(({ leads }) => leads)).toEqual([true, false]);
    await instances[0]!.close();
    expect([...terms].includes('one')).toBe(false);
    await waitUntil(() => terms.has('two'), WITHIN);
    expect(await leader()).toBe('two');
    await instances[1]!.close();
    expect([await leader(), terms.size]).toEqual([undefined, 0]);
  });

  test('one whose connection is lost leads no longer; there is a leader again, and only one', async () => {
    await waitUntil(async () => (await backendOf('two')) !== undefined, WITHIN);
    const lost = await backendOf('one');
    await pool.query('SELECT pg_terminate_backend($1)', [lost]);
    await waitUntil(async () => {
      const now = await leader();
      const backend = now === undefined ? undefined : await backendOf(now);
      return backend !== undefined && backend !== lost && [...terms].join() === now;
    }, WITHIN);
  });

  test('one that cannot begin gives the leadership up, and seeks it again', async () => {
    await Promise.all(instances.map((each) => each.close()));
    failures = 2;
    instances = [instance('three')];
    await waitUntil(() => terms.has('three'), WITHIN);
    expect(await leader()).toBe('three');
  });
});
