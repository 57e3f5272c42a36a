import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { createLogger } from '../../infra/logger';
import { waitUntil } from '../../infra/local/wait';
import { createPool } from '../../infra/postgres/pool';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { decidedOutcomes, publishedOutcomes } from './outcomes';
import { caughtUp } from './replay';
import { Traffic } from './traffic';

const KILLS = 6;

describe('a relay of outcomes that is killed in the middle of its work', () => {
  let environment: TestEnvironment;
  let traffic: Traffic | undefined;
  let api: RoleProcess;
  let relay: RoleProcess | undefined;
  let pool: Pool;

  beforeAll(async () => {
    environment = await createTestEnvironment({ KAFKA_SESSION_TIMEOUT: '1s' });
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    api = await RoleProcess.start(['api'], environment.env);
  });

  afterAll(async () => {
    await traffic?.stop();
    await Promise.all([api.stop(), relay?.stop()]);
    await pool.end();
    await environment.close();
  });

  const publishedSoFar = async () =>
    (await environment.log.bounds(environment.topics.outcomes)).reduce((sum, { end }) => sum + end, 0);

  const leftInOutbox = async () => {
    const { rows } = await pool.query<{ left: number }>('SELECT count(*)::int AS left FROM library.outbox');
    return rows[0]!.left;
  };

  /** A random moment in the sends after the first one: before, during or after Kafka's acknowledgement, or before it is noted. */
  async function inTheMiddle(before: number): Promise<void> {
    while ((await publishedSoFar()) <= before) await delay(1);
    await delay(Math.random() * 50);
  }

  test(`${KILLS} times under load has published every outcome that a replay decides, in order, and no other`, async () => {
    const running = (traffic = new Traffic(() => api.url));
    await running.prepare();
    running.start(4);
    let interrupted = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = await publishedSoFar();
      relay = await RoleProcess.start(['availability'], environment.env);
      await inTheMiddle(before);
      await relay.kill('SIGKILL');
      if ((await leftInOutbox()) > 0) interrupted += 1;
    }
    expect(interrupted).toBeGreaterThan(0);
    relay = await RoleProcess.start(['availability'], environment.env);
    await running.stop();
    await caughtUp(environment, pool);
    await waitUntil(async () => (await leftInOutbox()) === 0, {
      what: 'the outbox was not emptied',
      timeout: 20_000,
    });
    await relay.stop();

    const decided = await decidedOutcomes(environment);
    expect(await publishedOutcomes(environment)).toEqual(decided);
    expect([...decided.values()].flat().length).toBeGreaterThan(500);
  }, 120_000);
});
