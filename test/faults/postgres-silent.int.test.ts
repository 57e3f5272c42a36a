import { waitUntil } from '../../infra/local/wait';
import { ApiClient, WAIT, type Answer } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { TcpProxy } from '../tcp-proxy';

/** How soon everything has to work again, with time for a busy machine. */
const BACK_MS = 5_000 + 3_000;
const BOOK = '/v1/books/moby-dick';

describe('an API whose connections to Postgres die without a sign', () => {
  let environment: TestEnvironment;
  let proxy: TcpProxy;
  let api: RoleProcess;
  let views: RoleProcess;
  const client = new ApiClient(() => api.url);

  beforeAll(async () => {
    environment = await createTestEnvironment();
    const behind = await TcpProxy.before(environment.config.DATABASE_URL);
    proxy = behind.proxy;
    [views, api] = await Promise.all([
      RoleProcess.start(['availability', 'demand'], environment.env),
      RoleProcess.start(['api'], {
        ...environment.env,
        DATABASE_URL: behind.url,
        MAX_OPEN_RESERVATIONS: '1',
      }),
    ]);
    await client.put(BOOK, { title: 'Moby-Dick' });
    expect((await client.post(`${BOOK}/reservations`, { userId: 'ann' }, WAIT)).status).toBe(200);
  });

  afterAll(async () => {
    await Promise.all([api.stop(), views.stop()]);
    await proxy.close();
    await environment.close();
  });

  let readers = 0;
  /** What readers do that needs Postgres, each with the answer that shows that it works. */
  const WORKS: Record<string, () => Promise<boolean>> = {
    'a read with ?after=': async () => {
      const { body } = await client.put(BOOK, { title: 'Moby-Dick' });
      return (await client.get(`${BOOK}?after=${String(body['position'])}`)).status === 200;
    },
    'a write that prefers to wait': async () => {
      const reader = `reader-${(readers += 1)}`;
      return (await client.post(`${BOOK}/reservations`, { userId: reader }, WAIT)).status === 200;
    },
    'the most wanted books': async () => (await client.get('/v1/demand')).status === 200,
    'the list of a reader': async () => (await client.get('/v1/users/ann/reservations')).status === 200,
    'the limit of open reservations': async () =>
      (await client.post(`${BOOK}/reservations`, { userId: 'ann' })).status === 409,
  };

  /** Opens as many connections as the pools may have. */
  async function openAllConnections(): Promise<void> {
    const requests = Object.values(WORKS).flatMap((works) => Array.from({ length: 12 }, () => works()));
    await Promise.all(requests);
  }

  test('does all of it again at once, as new connections succeed', async () => {
    await openAllConnections();
    proxy.silence();
    expect(proxy.silentConnections).toBeGreaterThan(5);
    const since = Date.now();
    const late: string[] = [];
    await Promise.all(
      Object.entries(WORKS).map(async ([what, works]) => {
        await waitUntil(works, { what: `${what} did not work`, timeout: 30_000, every: 50 });
        if (Date.now() - since > BACK_MS) late.push(`${what}: ${Date.now() - since} ms`);
      }),
    );
    expect(late).toEqual([]);
  });

  test('answers reads 503 while no connection leads anywhere, and does not keep them waiting', async () => {
    await openAllConnections();
    proxy.silenceNewcomers();
    proxy.silence();
    const since = Date.now();
    const reads = ['/v1/demand', BOOK, '/v1/users/ann/reservations', `${BOOK}?after=0:0`];
    const answers: Answer[] = await Promise.all([...reads, ...reads].map((path) => client.get(path)));
    expect(Date.now() - since).toBeLessThan(12_000);
    for (const { status } of answers) expect([400, 503]).toContain(status);
    proxy.hear();
    await waitUntil(WORKS['the most wanted books']!, { what: 'reads did not work', timeout: BACK_MS });
  });
});
