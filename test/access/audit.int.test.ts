import { waitUntil } from '../../infra/local/wait';
import { ApiClient, WAIT } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';

describe('who acted', () => {
  let environment: TestEnvironment;
  let system: RoleProcess;
  const client = new ApiClient(() => system.url);

  beforeAll(async () => {
    environment = await createTestEnvironment({ PICKUP_WINDOW: '500ms' });
    system = await RoleProcess.start(['api', 'availability', 'policies'], environment.env);
  }, 120_000);

  afterAll(async () => {
    await system.stop();
    await environment.close();
  });

  async function actorsOn(topic: string): Promise<string[]> {
    const ranges = (await environment.log.bounds(topic)).filter(({ start, end }) => start < end);
    const seen: string[] = [];
    for await (const { records } of environment.log.read(topic, { ranges }))
      for (const { headers } of records)
        seen.push(
          [headers['ce_type'], headers['ce_authtype'], headers['ce_authid']]
            .map((each) => each?.toString())
            .join(' '),
        );
    return seen;
  }

  test('stands on every record: nobody who is known, or the role that decided', async () => {
    await client.put('/v1/books/b', { title: 'B' });
    await client.put('/v1/books/b/copies/c', undefined, WAIT);
    await client.post('/v1/books/b/reservations', { userId: 'ishmael' }, WAIT);
    const { reservations, outcomes } = environment.topics;
    await waitUntil(async () => (await actorsOn(outcomes)).length === 2, {
      ...{ what: 'the reservation does not expire', timeout: 30_000 },
    });
    expect(await actorsOn(reservations)).toEqual([
      'library.BookCatalogued unauthenticated ',
      'library.CopyAdded unauthenticated ',
      'library.BookReserved unauthenticated ',
      'library.ReservationExpired service policies',
    ]);
    expect(new Set((await actorsOn(outcomes)).map((line) => line.replace(/^\S+ /, '')))).toEqual(
      new Set(['service availability']),
    );
  });

  test('without authentication the start is refused where others can reach the API', async () => {
    const open = RoleProcess.spawn(['api'], { ...environment.env, HTTP_HOST: '0.0.0.0' });
    expect(await open.ended()).toBe(1);
    expect(open.log.join('\n')).toMatch(/HTTP_HOST is 0\.0\.0\.0.*AUTH=tokens/);
  });
});
