import { createLogger } from '../../infra/logger';
import { createPool } from '../../infra/postgres/pool';
import { ApiClient } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { startServers, type ServerSet } from '../servers';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { caughtUp, replayFromScratch, viewsIn } from './replay';
import { Traffic } from './traffic';

describe('while Postgres is down', () => {
  let servers: ServerSet;
  let environment: TestEnvironment;
  let traffic: Traffic | undefined;
  let api: RoleProcess;
  let projector: RoleProcess;

  beforeAll(async () => {
    servers = await startServers({ servers: ['postgres'] });
    environment = await createTestEnvironment({ DATABASE_SERVER_URL: servers.databaseUrl });
    [api, projector] = await Promise.all([
      RoleProcess.start(['api'], environment.env),
      RoleProcess.start(['availability'], environment.env),
    ]);
  });

  afterAll(async () => {
    await traffic?.stop();
    await Promise.all([api.stop(), projector.stop()]);
    await environment.close();
    await servers.close();
  });

  test('reservations are accepted, reads are answered 503, and the views catch up when it is back', async () => {
    const client = new ApiClient(() => api.url);
    const running = (traffic = new Traffic(() => api.url));
    await running.prepare();
    running.start(4);
    const pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    await caughtUp(environment, pool);
    await servers.postgres!.kill();

    const before = running.accepted.length;
    const read = await client.get('/v1/books/book-1');
    expect([read.status, read.body['code'], read.headers.get('retry-after')]).toEqual([
      503,
      'unavailable',
      '1',
    ]);
    const waited = await client.post(
      '/v1/books/book-1/reservations',
      { userId: 'patient' },
      { prefer: 'wait=1' },
    );
    expect(waited.status).toBe(202);
    const ready = await client.get<{ status: string; checks: { postgres: { status: string } } }>('/readyz');
    expect([ready.status, ready.body.status, ready.body.checks.postgres.status]).toEqual([
      200,
      'degraded',
      'down',
    ]);
    const consumer = await fetch(`${projector.opsUrl}/readyz`);
    expect(consumer.status).toBe(503);
    while (running.accepted.length < before + 300) await new Promise((resolve) => setImmediate(resolve));

    await servers.postgres!.start();
    await running.stop();
    expect(running.other).toEqual(new Map());
    await caughtUp(environment, pool);
    expect([api.running, projector.running]).toEqual([true, true]);
    const views = await viewsIn(pool);
    expect(views).toEqual(await replayFromScratch(environment));
    expect(views.history).toHaveLength(running.accepted.length + 1);
    await pool.end();
  }, 120_000);
});
