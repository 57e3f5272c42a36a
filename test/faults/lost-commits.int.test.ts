import { ApiClient } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { ReplicatedPostgres } from '../replicated-postgres';

describe('when Postgres fails over to a standby that lacks the last commits', () => {
  let postgres: ReplicatedPostgres;
  let environment: TestEnvironment;
  let api: RoleProcess;
  let projector: RoleProcess;

  beforeAll(async () => {
    postgres = await ReplicatedPostgres.start('asynchronous');
    environment = await createTestEnvironment({ DATABASE_SERVER_URL: postgres.url });
    [api, projector] = await Promise.all([
      RoleProcess.start(['api'], environment.env),
      RoleProcess.start(['availability'], environment.env),
    ]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([api.stop(), projector.stop()]);
    await environment.close();
    await postgres.close();
  });

  test('a read of what was lost waits for it, and it comes again though nothing more is written', async () => {
    const client = new ApiClient(() => api.url);
    const reserve = async (userId: string) => {
      const { body } = await client.post('/v1/books/emma/reservations', { userId });
      return `/v1/books/emma/reservations/${String(body['reservationId'])}?after=${String(body['position'])}`;
    };
    await client.put('/v1/books/emma', { title: 'Emma' });
    expect((await client.get(await reserve('ann'))).status).toBe(200);
    postgres.holdCopying();
    const lost = await reserve('bob');
    expect((await client.get(lost)).status).toBe(200);
    await postgres.failOver();
    const statuses: number[] = [];
    // It may be answered that the view is not there yet, but not that there is no such reservation.
    do statuses.push((await client.get(lost)).status);
    while (statuses.at(-1) === 503 && statuses.length < 20);
    expect(statuses.filter((status) => status !== 503)).toEqual([200]);
  }, 180_000);
});
