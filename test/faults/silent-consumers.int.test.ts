import type { Pool } from 'pg';
import { noticeOf } from '../../consumer/notices/notice';
import { consumerLag } from '../../consumer/projector/lag';
import { waitUntil } from '../../infra/local/wait';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { TcpProxy, type Silence } from '../tcp-proxy';
import { decidedOutcomes, publishedOutcomes } from './outcomes';
import { replayFromScratch, viewsIn } from './replay';
import { Traffic } from './traffic';

/** Of `answers` only what the server says is lost: it has taken the statement, and its client does not know. */
const SILENCES: readonly Silence[] = ['answers', 'both', 'answers', 'both', 'answers'];

describe('consumers whose connections to Postgres die without a sign', () => {
  let environment: TestEnvironment;
  let proxy: TcpProxy;
  let pool: Pool;
  let api: RoleProcess;
  let consumers: RoleProcess;
  let traffic: Traffic;

  beforeAll(async () => {
    environment = await createTestEnvironment({ PICKUP_WINDOW: '2s' });
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    const behind = await TcpProxy.before(environment.config.DATABASE_URL);
    proxy = behind.proxy;
    [api, consumers] = await Promise.all([
      RoleProcess.start(['api'], environment.env),
      RoleProcess.start(['availability', 'demand', 'notices', 'policies'], {
        ...environment.env,
        DATABASE_URL: behind.url,
      }),
    ]);
    traffic = new Traffic(() => api.url);
  });

  afterAll(async () => {
    await traffic.stop();
    await Promise.all([api.stop(), consumers.stop()]);
    await proxy.close();
    await pool.end();
    await environment.close();
  });

  const numberOf = async (sql: string, values: unknown[] = []) => {
    const { rows } = await pool.query<{ n: number }>(sql, values);
    return rows[0]!.n;
  };

  /** How far each of the consumers has come, and the policy of expired pickup windows, since a time. */
  const reached = async (since: Date) =>
    Promise.all([
      ...['availability', 'demand', 'notices'].map((consumer) =>
        numberOf('SELECT sum(next_offset)::int AS n FROM library.progress WHERE consumer = $1', [consumer]),
      ),
      numberOf(
        `SELECT count(*)::int AS n FROM library.history WHERE type = 'ReservationExpired' AND occurred_at > $1`,
        [since],
      ),
      numberOf(`SELECT count(*)::int AS n FROM library.notices WHERE delivered_at > $1`, [since]),
    ]);

  /** Whether every consumer, the dispatcher and the policy have done something more. */
  async function allGoOn(): Promise<void> {
    const since = new Date();
    const before = await reached(since);
    await waitUntil(async () => (await reached(since)).every((now, i) => now > before[i]!), {
      what: 'not all consumers went on',
      timeout: 90_000,
    });
  }

  test(`${SILENCES.length} times go on by themselves, and every event has taken effect exactly once`, async () => {
    await traffic.prepare();
    traffic.start(4);
    await allGoOn();
    for (const silence of SILENCES) {
      proxy.silence(silence);
      await allGoOn();
    }
    await traffic.stop();
    await traffic.withdrawAllCopies();
    expect(traffic.other).toEqual(new Map());
    await waitUntil(
      async () => {
        const lags = await consumerLag(environment.log, pool);
        const outbox = await numberOf('SELECT count(*)::int AS n FROM library.outbox');
        const pending = await numberOf(
          `SELECT count(*)::int AS n FROM library.notices WHERE status = 'pending'`,
        );
        const ready = await numberOf(
          `SELECT count(*)::int AS n FROM library.reservations WHERE status = 'ready'`,
        );
        return lags.every(({ lag }) => lag === 0) && outbox + pending + ready === 0;
      },
      { what: 'the consumers did not catch up', timeout: 60_000 },
    );
    expect(consumers.running).toBe(true);
    await consumers.stop();

    expect(await viewsIn(pool)).toEqual(await replayFromScratch(environment));
    const decided = await decidedOutcomes(environment);
    expect(await publishedOutcomes(environment)).toEqual(decided);
    const notices = [...decided.values()].flat().filter((outcome) => noticeOf(outcome) !== undefined);
    expect(await numberOf('SELECT count(*)::int AS n FROM library.notices')).toBe(notices.length);
  }, 300_000);
});
