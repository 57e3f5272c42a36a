import type { Pool } from 'pg';
import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { caughtUp, replayFromScratch, viewsIn } from './replay';
import { Traffic } from './traffic';

const KILLS = 8;

describe('a projector that is killed in the middle of its work', () => {
  let environment: TestEnvironment;
  let traffic: Traffic | undefined;
  let api: RoleProcess;
  let projector: RoleProcess | undefined;
  let pool: Pool;

  beforeAll(async () => {
    environment = await createTestEnvironment({ KAFKA_SESSION_TIMEOUT: '1s' });
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    api = await RoleProcess.start(['api'], environment.env);
  });

  afterAll(async () => {
    await traffic?.stop();
    await Promise.all([api.stop(), projector?.stop()]);
    await pool.end();
    await environment.close();
  });

  const projectedSoFar = async () => {
    const { rows } = await pool.query<{ total: string }>(
      'SELECT coalesce(sum(next_offset), 0) AS total FROM library.progress',
    );
    return Number(rows[0]!.total);
  };

  /** The moment after the projector has stored something: the next batch is under way, and which part of it is chance. */
  async function inTheMiddle(before: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
      if ((await projectedSoFar()) > before) return;
    }
  }

  test(`${KILLS} times under load leaves views that equal a replay, and every promise kept once`, async () => {
    const running = (traffic = new Traffic(() => api.url));
    await running.prepare();
    running.start(8);
    let before = await projectedSoFar();
    for (let kill = 0; kill < KILLS; kill += 1) {
      projector = await RoleProcess.start(['availability'], environment.env);
      await inTheMiddle(before);
      await projector.kill('SIGKILL');
      before = await projectedSoFar();
    }
    projector = await RoleProcess.start(['availability'], environment.env);
    await running.stop();
    await caughtUp(environment, pool);
    await projector.stop();

    const views = await viewsIn(pool);
    expect(views).toEqual(await replayFromScratch(environment));
    expect(running.other).toEqual(new Map());
    const inHistory = (views.history as { event_id: string }[]).map(({ event_id }) => event_id).sort();
    expect(inHistory).toEqual(running.accepted.map(({ eventId }) => eventId).sort());
    expect(running.accepted.length).toBeGreaterThan(1_000);
  }, 240_000);
});
