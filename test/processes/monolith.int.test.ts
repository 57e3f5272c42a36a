import type { Pool, PoolClient } from 'pg';
import { createLogger } from '../../infra/logger';
import { waitUntil } from '../../infra/local/wait';
import { createPool } from '../../infra/postgres/pool';
import { ApiClient, WAIT } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';

const BOOKS = 60;
/** More than the API has connections for. */
const SLOW_READS = 24;
const FAR = 1_000_000;

interface Readiness {
  readonly status: string;
  readonly checks: Readonly<Record<string, { status: string; detail?: string }>>;
}

describe('all roles in one process', () => {
  let environment: TestEnvironment;
  let pool: Pool;
  let monolith: RoleProcess;
  const client = new ApiClient(() => monolith.url);

  beforeAll(async () => {
    environment = await createTestEnvironment();
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    monolith = await RoleProcess.start([], environment.env);
  }, 120_000);

  afterAll(async () => {
    await monolith.stop();
    await pool.end();
    await environment.close();
  });

  /** Reservations for books of all partitions: every projection has something to do in each of them. */
  const reserveEverywhere = (userId: string) =>
    Promise.all(
      Array.from({ length: BOOKS }, async (_, i) => {
        await client.put(`/v1/books/book-${i}`, { title: `Book ${i}` });
        return client.post(`/v1/books/book-${i}/reservations`, { userId });
      }),
    );

  const readiness = () => client.get<Readiness>('/readyz');

  async function whileLocked(table: string, action: () => Promise<void>): Promise<void> {
    const holder: PoolClient = await pool.connect();
    try {
      await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      await action();
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
  }

  test('a view whose tables are held up holds up no other view, no read of another, and not health', async () => {
    await reserveEverywhere('first');
    const slow: Promise<unknown>[] = [];
    await whileLocked('library.demand_daily', async () => {
      for (let i = 0; i < SLOW_READS; i += 1) slow.push(client.get('/v1/demand').catch(() => undefined));
      await reserveEverywhere('second');
      for (let i = 0; i < 12; i += 1) {
        const path = `/v1/books/book-${i}/reservations`;
        const reserved = await client.post(path, { userId: `third-${i}` }, WAIT);
        expect(reserved.status).toBe(200);
        const position = (reserved.body as { position: string }).position;
        expect((await client.get(`${path}?after=${position}`)).status).toBe(200);
        const { status, body } = await readiness();
        expect([status, body.checks.postgres]).toEqual([200, { status: 'up' }]);
      }
    });
    await Promise.all(slow);
    const last = await client.post('/v1/books/book-0/reservations', { userId: 'last' });
    const demand = `/v1/demand?after=${String(last.body['position'])}`;
    await waitUntil(async () => (await client.get(demand)).status === 200, {
      what: 'demand did not catch up',
      timeout: 60_000,
    });
  }, 180_000);

  test('a consumer that fails is started again, and the API and the other consumers go on', async () => {
    const moved = `UPDATE library.progress SET next_offset = next_offset + $1 WHERE consumer = 'demand'`;
    await pool.query(moved, [FAR]);
    await reserveEverywhere('fourth');
    const isDown = async () => (await readiness()).body.checks.demand !== undefined;
    await waitUntil(isDown, { what: 'the consumer has not failed', timeout: 60_000 });
    const { status, body } = await readiness();
    expect([status, body.status]).toEqual([200, 'degraded']);
    expect(body.checks.demand!.detail).toContain('outside of the log');
    const served = await client.post('/v1/books/book-1/reservations', { userId: 'fifth' }, WAIT);
    expect(served.status).toBe(200);

    const alone = RoleProcess.spawn(['demand'], environment.env);
    expect(await alone.ended()).toBe(1);

    await pool.query(moved, [-FAR]);
    // A start from before may look ready until it reads its position.
    const caughtUp = `/v1/demand?after=${String(served.body['position'])}`;
    await waitUntil(async () => (await client.get(caughtUp)).status === 200, {
      what: 'demand did not catch up',
      timeout: 60_000,
    });
    await waitUntil(async () => (await readiness()).body.status === 'ready', {
      what: 'the consumer did not come back',
      timeout: 60_000,
    });
    const metrics = (await client.get<string>('/metrics')).body as unknown as string;
    expect(metrics).toMatch(/library_role_restarts_total\{role="demand"\} [1-9]/);
    expect(metrics).toContain('library_role_up{role="demand"} 1');
    expect(monolith.running).toBe(true);
  }, 180_000);
});
