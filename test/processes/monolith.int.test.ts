import type { Pool, PoolClient } from 'pg';
import { documentedMetrics } from '../../app/roles/metrics-page';
import { ROLES } from '../../app/roles/roles';
import { createLogger } from '../../infra/logger';
import { waitUntil } from '../../infra/local/wait';
import { createPool } from '../../infra/postgres/pool';
import { ApiClient, WAIT } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { WebhookReceiver } from '../../consumer/notices/channels/testing';
import { STORY, tellStory, TOLD, traceparentOfStory, tracesOfOutcomes } from './traced';
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
  let receiver: WebhookReceiver;
  const client = new ApiClient(() => monolith.url);

  beforeAll(async () => {
    environment = await createTestEnvironment();
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    receiver = await WebhookReceiver.start();
    monolith = await RoleProcess.start([], { ...environment.env, ...receiver.env });
  }, 120_000);

  afterAll(async () => {
    await monolith.stop();
    await receiver.close();
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

  test('the figures are those that are documented, and no others', async () => {
    const text = (await client.get<string>('/metrics')).body as unknown as string;
    const served = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!);
    const ours = (names: readonly string[]) => names.filter((name) => !name.startsWith('process_')).sort();
    expect(ours(served)).toEqual(ours(documentedMetrics().map(({ name }) => name)));
    expect(text).toMatch(/^library_build_info\{version="\d+\.\d+\.\d+",node="v\d+/m);
    expect(text).toMatch(/^library_check_up\{check="kafka"\} 1$/m);
    expect(text).toMatch(/^library_postgres_connections_limit\{pool="view demand"\} 3$/m);
    expect(text).toMatch(/^library_accept_seconds_count [1-9]/m);
    expect(text).toMatch(/^library_projection_batch_records_count\{consumer="demand"\} [1-9]/m);
    expect(text).toMatch(/^library_outbox_age_seconds \d/m);
    expect(text).toMatch(/^library_notices_overdue_seconds \d/m);
    expect(
      text.match(/^library_stored_lag_seconds\{consumer="demand",partition="\d+"\} \S+$/gm),
    ).toHaveLength(12);
    expect(text.match(/^library_consumer_freshness_seconds\{consumer="availability"/gm)).toHaveLength(12);
  });

  test('the trace of a request goes on to its outcome, to the notice and to the receiver of that', async () => {
    await tellStory(client);
    expect(await tracesOfOutcomes(environment)).toEqual(
      STORY.map(([trace, type, user]) => [traceparentOfStory(trace), type, user]),
    );
    const arrived = () => receiver.calls.flatMap(({ traceparent = [] }) => traceparent).sort();
    await waitUntil(() => arrived().length >= TOLD.length, { what: 'no notice came', timeout: 30_000 });
    expect(arrived()).toEqual(TOLD.map(traceparentOfStory));
  }, 60_000);

  test('a consumer that fails is started again, and the API and the other consumers go on', async () => {
    const moved = `UPDATE library.progress SET next_offset = next_offset + $1 WHERE consumer = 'demand'`;
    await pool.query(moved, [FAR]);
    await reserveEverywhere('fourth');
    // Between two failing starts it is ready for a moment, until it reads its position: what follows is seen while it is down.
    let down = await readiness();
    let figures = '';
    const isDown = async () => {
      down = await readiness();
      figures = (await client.get<string>('/metrics')).body as unknown as string;
      return down.body.checks.demand !== undefined && figures.includes('library_role_up{role="demand"} 0');
    };
    await waitUntil(isDown, { what: 'the consumer has not failed', timeout: 60_000 });
    expect([down.status, down.body.status]).toEqual([200, 'degraded']);
    expect(down.body.checks.demand!.detail).toContain('outside of the log');
    // By its checkpoints, and not by what it says: it says nothing now, and where it stands is still known.
    expect(figures).toMatch(/^library_stored_lag_records\{consumer="demand",partition="\d+"\} \d+$/m);
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
    // Each line says which role wrote it, or that it is of all of them.
    const lines = monolith.log
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { role: string; msg: string });
    const roles = new Set(lines.map(({ role }) => role));
    expect(['all', ...ROLES]).toEqual(expect.arrayContaining([...roles]));
    expect([...roles]).toEqual(expect.arrayContaining(['all', 'api', 'demand']));
    expect(lines.find(({ msg }) => msg === 'demand has failed and is started again')!.role).toBe('demand');
  }, 180_000);
});
