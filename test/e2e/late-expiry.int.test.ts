import { waitUntil } from '../../infra/local/wait';
import { uniqueName } from '../servers';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { ApiClient, WAIT } from './api-client';
import { RoleProcess } from './role-process';

const PATIENCE = { what: 'it did not happen', timeout: 45_000 };

interface HistoryEntry {
  type: string;
  occurredAt: string;
  code: string | null;
  data: { pickupBy?: string | null };
}

describe('an expiry that is decided while the projection stands still', () => {
  let environment: TestEnvironment;
  let processes: RoleProcess[];
  let availability: RoleProcess;
  const api = new ApiClient(() => processes[0]!.url);

  beforeAll(async () => {
    environment = await createTestEnvironment({ PICKUP_WINDOW: '3s', KAFKA_SESSION_TIMEOUT: '6s' });
    processes = await Promise.all(
      [['api'], ['policies']].map((roles) => RoleProcess.start(roles, environment.env)),
    );
    availability = await RoleProcess.start(['availability'], environment.env);
  });

  afterAll(async () => {
    await Promise.all([...processes, availability].map((process) => process.stop()));
    await environment.close();
  });

  /** How many records the stream holds: what policies append shows there, while no view shows it. */
  async function streamLength(): Promise<number> {
    const bounds = await environment.log.bounds(environment.topics.reservations);
    return bounds.reduce((sum, { end }) => sum + end, 0);
  }

  const expiriesOf = async (bookId: string) => {
    const { body } = await api.get<{ items: HistoryEntry[] }>(`/v1/books/${bookId}/history`);
    return body.items.filter(({ type }) => type === 'ReservationExpired');
  };

  test.each([
    ['whose copy was withdrawn, and who got it again', ['DELETE copies/c1', 'PUT copies/c1']],
    ['who suspended and resumed', ['POST suspension', 'DELETE suspension']],
  ])('does not end the new window of a reader %s meanwhile', async (_, changes) => {
    const bookId = uniqueName('b');
    const path = `/v1/books/${bookId}`;
    await api.put(path, { title: bookId }, WAIT);
    await api.put(`${path}/copies/c1`, undefined, WAIT);
    const reserved = await api.post(`${path}/reservations`, { userId: 'ann' }, WAIT);
    const { reservationId, pickupBy } = reserved.body as { reservationId: string; pickupBy: string };
    await availability.stop();
    for (const change of changes) {
      const [method, what] = change.split(' ') as ['DELETE' | 'PUT' | 'POST', string];
      const target = what.startsWith('copies')
        ? `${path}/${what}`
        : `${path}/reservations/${reservationId}/${what}`;
      expect((await api.request(method, target)).status).toBe(202);
    }
    const before = await streamLength();
    await waitUntil(async () => (await streamLength()) > before, PATIENCE);
    availability = await RoleProcess.start(['availability'], environment.env);

    await waitUntil(async () => (await expiriesOf(bookId)).some(({ code }) => code === null), PATIENCE);
    const expiries = await expiriesOf(bookId);
    expect(expiries.map(({ code }) => code)).toEqual(['copy-not-available', null]);
    const [late, timely] = expiries.map(({ data }) => String(data.pickupBy)) as [string, string];
    expect(late).toBe(pickupBy);
    expect(Date.parse(timely)).toBeGreaterThan(Date.parse(late));
    expect(Date.parse(expiries[1]!.occurredAt)).toBeGreaterThanOrEqual(Date.parse(timely));
  });
});
