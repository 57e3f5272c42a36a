import { v7 as uuidv7 } from 'uuid';
import { waitUntil } from '../../infra/local/wait';
import { uniqueName } from '../servers';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';
import { untilOneLeads } from '../policies';
import { ApiClient, WAIT } from './api-client';
import { RoleProcess } from './role-process';

const WITHIN = { what: 'the limit was not enforced', timeout: 50_000 };

interface Reservation {
  bookId: string;
  reservationId: string;
  reservedAt: string;
  status: string;
}

describe('a limit of two, set while the view stands still', () => {
  let environment: TestEnvironment;
  let platform: RoleProcess;
  let availability: RoleProcess;
  let policies: RoleProcess;
  const api = new ApiClient(() => platform.url);

  beforeAll(async () => {
    environment = await createTestEnvironment({ KAFKA_SESSION_TIMEOUT: '6s' });
    platform = await RoleProcess.start(['api'], environment.env);
    availability = await RoleProcess.start(['availability'], environment.env);
  });

  afterAll(async () => {
    await Promise.all([platform, availability, policies].map((each) => each.stop()));
    await environment.close();
  });

  /** Of a user, in the order in which they were made. */
  async function reservationsOf(userId: string): Promise<Reservation[]> {
    const { body } = await api.get<{ items: Reservation[] }>(`/v1/users/${userId}/reservations`);
    return body.items.sort((a, b) => (a.reservedAt < b.reservedAt ? -1 : 1));
  }
  const statusesOf = async (userId: string) => (await reservationsOf(userId)).map(({ status }) => status);

  async function reservesThree(): Promise<string> {
    const userId = uniqueName('u');
    for (let i = 0; i < 3; i += 1) {
      const bookId = uniqueName('b');
      await api.put(`/v1/books/${bookId}`, { title: bookId }, WAIT);
      const { status } = await api.post(`/v1/books/${bookId}/reservations`, { userId }, WAIT);
      expect(status).toBe(200);
    }
    return userId;
  }

  test('cancels for nobody what the stream has made room for, and for the others only what is beyond it', async () => {
    const [moderate, keen] = [await reservesThree(), await reservesThree()];
    const [oldest] = await reservationsOf(moderate);
    await availability.stop();
    await api.delete(`/v1/books/${oldest!.bookId}/reservations/${oldest!.reservationId}`);
    policies = await RoleProcess.start(['policies'], { ...environment.env, MAX_OPEN_RESERVATIONS: '2' });
    await untilOneLeads([policies]);
    availability = await RoleProcess.start(['availability'], environment.env);
    await waitUntil(async () => (await statusesOf(keen)).includes('cancelled'), WITHIN);
    expect(await statusesOf(keen)).toEqual(['waiting', 'waiting', 'cancelled']);
    expect(await statusesOf(moderate)).toEqual(['cancelled', 'waiting', 'waiting']);

    // Who gets one more later is news.
    const bookId = uniqueName('b');
    await api.put(`/v1/books/${bookId}`, { title: bookId }, WAIT);
    await environment.append([
      event('BookReserved', { bookId, userId: moderate, reservationId: uuidv7() }, Date.now()),
    ]);
    await waitUntil(async () => (await statusesOf(moderate)).at(-1) === 'cancelled', WITHIN);
    expect(await statusesOf(moderate)).toEqual(['cancelled', 'waiting', 'waiting', 'cancelled']);
  });
});
