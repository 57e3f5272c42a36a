import { waitUntil } from '../../infra/local/wait';
import { ApiClient, WAIT } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { startServers, uniqueName, type ServerSet } from '../servers';

interface Readiness {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly status: string }>>;
}

describe('while the registry is down', () => {
  let servers: ServerSet;
  let environment: TestEnvironment;
  const processes: RoleProcess[] = [];
  const client = new ApiClient(() => processes[0]!.url);

  beforeAll(async () => {
    servers = await startServers({ servers: ['postgres', 'registry'] });
    environment = await createTestEnvironment({ SCHEMA_REGISTRY_URL: servers.registryUrl });
    await servers.registry!.kill();
  }, 120_000);

  afterAll(async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await environment.close();
    await servers.close();
  });

  test('API and consumers start, take a reservation, project it and publish its outcome', async () => {
    for (const role of ['api', 'availability', 'notices', 'policies'])
      processes.push(await RoleProcess.start([role], environment.env));
    const book = `/v1/books/${uniqueName('b')}`;
    await client.put(book, { title: 'Emma' }, WAIT);
    await client.put(`${book}/copies/c1`, undefined, WAIT);
    const reserved = await client.post(`${book}/reservations`, { userId: 'ann' }, WAIT);
    expect([reserved.status, reserved.body['status']]).toEqual([200, 'ready']);
    await expect(outcomeOf(environment)).resolves.toBe('library.ReservationReady');
  });

  test('each is degraded, and says why', async () => {
    for (const { url, opsUrl } of processes) {
      const ask = () => fetch(`${opsUrl || url}/readyz`);
      // A consumer is not ready before it has been given partitions.
      const what = 'a role did not become ready';
      await waitUntil(async () => (await ask()).ok, { what, timeout: 30_000 });
      const answer = await ask();
      const { status, checks } = (await answer.json()) as Readiness;
      expect([answer.status, status, checks['registry']?.status]).toEqual([200, 'degraded', 'down']);
    }
  });
});

/** Waits for the first outcome on the topic. @returns its type */
async function outcomeOf({ log, topics }: TestEnvironment): Promise<string | undefined> {
  const ranges = (await log.bounds(topics.outcomes)).map((bounds) => ({ ...bounds, end: Infinity }));
  for await (const { records } of log.read(topics.outcomes, { ranges })) {
    const [first] = records;
    if (first) return first.headers['ce_type']?.toString();
  }
  return undefined;
}
