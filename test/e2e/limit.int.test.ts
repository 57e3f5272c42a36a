import { v7 as uuidv7 } from 'uuid';
import { formatPosition } from '../../infra/event-log/log';
import { waitUntil } from '../../infra/local/wait';
import { uniqueName } from '../servers';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';
import { ApiClient, WAIT } from './api-client';
import { RoleProcess } from './role-process';

interface Reservation {
  bookId: string;
  reservationId: string;
  reservedAt: string;
  status: string;
}

/** Sorts reservations by the time they were made; for equal times the ID decides. */
const ageOf = ({ reservedAt, reservationId }: Reservation) => `${reservedAt} ${reservationId}`;

describe('a limit of two open reservations for each user', () => {
  let environment: TestEnvironment;
  let platform: RoleProcess;
  const api = new ApiClient(() => platform.url);

  beforeAll(async () => {
    environment = await createTestEnvironment({ MAX_OPEN_RESERVATIONS: '2' });
    platform = await RoleProcess.start([], environment.env);
  });

  afterAll(async () => {
    await platform.stop();
    await environment.close();
  });

  async function books(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => uniqueName('b'));
    await Promise.all(ids.map((bookId) => api.put(`/v1/books/${bookId}`, { title: bookId }, WAIT)));
    return ids;
  }
  const reserve = (bookId: string, userId: string, headers = {}) =>
    api.post(`/v1/books/${bookId}/reservations`, { userId }, headers);

  async function untilOpen(userId: string, count: number): Promise<Reservation[]> {
    for (;;) {
      const { body } = await api.get<{ items: Reservation[] }>(`/v1/users/${userId}/reservations`);
      if (body.items.filter(({ status }) => status === 'waiting').length === count) return body.items;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test('holds for concurrent reservations: the oldest stay, the others are cancelled with the reason', async () => {
    const user = uniqueName('u');
    const ids = await books(5);
    // Directly to the stream, past the API's admission check, which would know the first ones within milliseconds.
    const reserved = ids.map((bookId) =>
      event('BookReserved', { bookId, userId: user, reservationId: uuidv7() }),
    );
    for (const position of await environment.append(reserved)) {
      const { status } = await api.get(`/v1/books?limit=1&after=${formatPosition(position)}`);
      expect(status).toBe(200);
    }
    const items = await untilOpen(user, 2);
    const inOrder = [...items].sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
    expect(inOrder.map(({ status }) => status)).toEqual([
      ...['waiting', 'waiting', 'cancelled', 'cancelled', 'cancelled'],
    ]);
    const cancelled = items.filter(({ status }) => status === 'cancelled');
    const { body } = await api.get<{ items: { type: string; code: string | null; data: object }[] }>(
      `/v1/books/${cancelled[0]!.bookId}/history`,
    );
    expect(body.items.slice(2)).toMatchObject([
      { type: 'ReservationCancelled', code: null, data: { userId: null, reason: 'limit-reached' } },
    ]);
  });

  test('is refused by the API once the view shows that it is reached, but a repeated request is not', async () => {
    const user = uniqueName('u');
    const [first, second, third] = await books(3);
    await reserve(first!, user, WAIT);
    const key = { 'idempotency-key': uniqueName('k') };
    const made = await reserve(second!, user, { ...key, ...WAIT });
    const refused = await reserve(third!, user);
    expect([refused.status, refused.body['code']]).toEqual([409, 'limit-reached']);
    const repeated = await reserve(second!, user, key);
    expect([repeated.status, repeated.body['reservationId']]).toEqual([202, made.body['reservationId']]);
    const { body } = await api.get<{ items: object[] }>(`/v1/books/${third}/history`);
    expect(body.items).toHaveLength(1);
  });
});

describe('a limit of none', () => {
  let environment: TestEnvironment;
  let platform: RoleProcess;
  const api = new ApiClient(() => platform.url);

  beforeAll(async () => {
    environment = await createTestEnvironment({ MAX_OPEN_RESERVATIONS: '0' });
    platform = await RoleProcess.start(['api', 'availability', 'policies'], environment.env);
  });

  afterAll(async () => {
    await platform.stop();
    await environment.close();
  });

  test('refuses every reservation; one that bypasses the API is cancelled, and its copy is free again', async () => {
    const bookId = uniqueName('b');
    const path = `/v1/books/${bookId}`;
    await api.put(path, { title: bookId }, WAIT);
    await api.put(`${path}/copies/c1`, undefined, WAIT);
    const refused = await api.post(`${path}/reservations`, { userId: 'ann' });
    expect([refused.status, refused.body['code']]).toEqual([409, 'limit-reached']);
    const reservationId = uuidv7();
    // Made now: if its pickup window were over already, it might expire before the limit cancels it.
    await environment.append([event('BookReserved', { bookId, reservationId, userId: 'bob' }, Date.now())]);
    await waitUntil(
      async () => (await api.get(`${path}/reservations/${reservationId}`)).body['status'] === 'cancelled',
      { what: 'the reservation was not cancelled', timeout: 20_000 },
    );
    expect((await api.get(path)).body['copies']).toMatchObject({ available: 1, reserved: 0 });
    const borrowed = await api.post(`${path}/copies/c1/loans`, { userId: 'ann' }, WAIT);
    expect(borrowed.status).toBe(200);
  });
});
