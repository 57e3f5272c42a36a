import { uniqueName } from '../servers';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { ApiClient, WAIT } from './api-client';
import { RoleProcess } from './role-process';

interface Reservation {
  reservationId: string;
  userId: string;
  status: string;
  pickupBy: string | null;
}

describe('a pickup window of some seconds, watched by two instances', () => {
  let environment: TestEnvironment;
  let processes: RoleProcess[];
  const api = new ApiClient(() => processes[0]!.url);

  beforeAll(async () => {
    environment = await createTestEnvironment({ PICKUP_WINDOW: '4s' });
    processes = await Promise.all(
      [['api', 'availability'], ['policies'], ['policies']].map((roles) =>
        RoleProcess.start(roles, environment.env),
      ),
    );
  });

  afterAll(async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await environment.close();
  });

  const reservationsOf = async (bookId: string) =>
    (await api.get<{ items: Reservation[] }>(`/v1/books/${bookId}/reservations`)).body.items;

  const expiriesOf = async (bookId: string) => {
    const { body } = await api.get<{
      items: { type: string; code: string | null; data: { reservationId: string } }[];
    }>(`/v1/books/${bookId}/history`);
    return body.items.filter(({ type }) => type === 'ReservationExpired');
  };

  async function until(bookId: string, statuses: string[]): Promise<Reservation[]> {
    for (;;) {
      const items = (await reservationsOf(bookId)).sort((a, b) => (a.userId < b.userId ? -1 : 1));
      if (items.map(({ status }) => status).join() === statuses.join()) return items;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test('passes the copies of three books down their queues, and each reservation expires once and on time', async () => {
    const users = ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'];
    const books = [uniqueName('b'), uniqueName('b'), uniqueName('b')];
    for (const bookId of books) {
      await api.put(`/v1/books/${bookId}`, { title: bookId }, WAIT);
      for (const copy of ['c1', 'c2']) await api.put(`/v1/books/${bookId}/copies/${copy}`, undefined, WAIT);
      for (const userId of users) {
        await api.post(`/v1/books/${bookId}/reservations`, { userId }, WAIT);
        // In the second book a user collects the copy at once: that reservation must not expire, and its copy is not passed on.
        if (bookId === books[1] && userId === 'u1')
          await api.post(`/v1/books/${bookId}/copies/c1/loans`, { userId }, WAIT);
      }
    }
    // If an instance dies while it handles an expiry, the other instance or its replacement handles it.
    await processes[1]!.kill('SIGKILL');
    processes[1] = await RoleProcess.start(['policies'], environment.env);
    const gone = 'expired';
    await Promise.all([
      until(books[0]!, Array<string>(6).fill(gone)),
      until(books[1]!, ['fulfilled', ...Array<string>(5).fill(gone)]),
      until(books[2]!, Array<string>(6).fill(gone)),
    ]);
    for (const bookId of books) {
      const expiries = await expiriesOf(bookId);
      expect(expiries.map(({ code }) => code)).toEqual(expiries.map(() => null));
      const expired = (await reservationsOf(bookId)).filter(({ status }) => status === 'expired');
      expect(expiries.map(({ data }) => data.reservationId).sort()).toEqual(
        expired.map(({ reservationId }) => reservationId).sort(),
      );
      expect((await api.get(`/v1/books/${bookId}`)).body['copies']).toMatchObject({ reserved: 0 });
    }
    for (const bookId of [books[0]!, books[2]!]) {
      const userOf = new Map((await reservationsOf(bookId)).map((each) => [each.reservationId, each.userId]));
      const order = (await expiriesOf(bookId)).map(({ data }) => userOf.get(data.reservationId)!);
      // Two copies go down the queue in parallel.
      expect([0, 2, 4].flatMap((i) => order.slice(i, i + 2).sort())).toEqual(users);
    }
  }, 120_000);

  test('does not end before its time', async () => {
    const bookId = uniqueName('b');
    await api.put(`/v1/books/${bookId}`, { title: bookId }, WAIT);
    await api.put(`/v1/books/${bookId}/copies/c1`, undefined, WAIT);
    const { body } = await api.post(`/v1/books/${bookId}/reservations`, { userId: 'ann' }, WAIT);
    await until(bookId, ['expired']);
    const history = await api.get<{ items: { type: string; occurredAt: string }[] }>(
      `/v1/books/${bookId}/history`,
    );
    const expiredAt = history.body.items.find(({ type }) => type === 'ReservationExpired')!.occurredAt;
    expect(Date.parse(expiredAt)).toBeGreaterThanOrEqual(Date.parse(String(body['pickupBy'])));
  });
});
