import { ROLES } from '../../app/roles/roles';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { uniqueName } from '../servers';
import { Client, RoleProcess, WAIT } from './role-process';

interface Reservation {
  reservationId: string;
  status: string;
  userId: string;
  copyId: string | null;
  queuePosition: number | null;
  queueLength: number;
  pickupBy: string | null;
  rejection: { code: string } | null;
  position: string;
}

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

const LAYOUTS: [name: string, processes: string[][]][] = [
  ['all roles in one process', [[]]],
  ['each role in a process of its own', ROLES.map((role) => [role])],
  ['two processes for each role', [...ROLES, ...ROLES].map((role) => [role])],
];

describe.each(LAYOUTS)('the lending desk, with %s', (_, layout) => {
  let environment: TestEnvironment;
  let processes: RoleProcess[];
  let next = 0;
  /** Requests go to the APIs in turn, so that nothing can depend on meeting the same one again. */
  const api = new Client(() => {
    const urls = processes.map(({ url }) => url).filter(Boolean);
    return urls[next++ % urls.length]!;
  });

  beforeAll(async () => {
    environment = await createTestEnvironment();
    processes = await Promise.all(layout.map((roles) => RoleProcess.start(roles, environment.env)));
  });

  afterAll(async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await environment.close();
  });

  async function bookWithCopies(...copyIds: string[]): Promise<string> {
    const bookId = uniqueName('book');
    await api.put(
      `/v1/books/${bookId}`,
      { title: `The Whale of ${bookId}`, authors: ['Herman Melville'], year: 1851 },
      WAIT,
    );
    for (const copyId of copyIds) await api.put(`/v1/books/${bookId}/copies/${copyId}`, undefined, WAIT);
    return bookId;
  }

  const reserve = (bookId: string, userId: string, headers: Record<string, string> = WAIT) =>
    api.post(`/v1/books/${bookId}/reservations`, { userId }, headers);
  const reservationsOf = async (bookId: string) =>
    (await api.get<Page<Reservation>>(`/v1/books/${bookId}/reservations`)).body.items;

  test('a reservation is accepted with its position, and its location shows it from there on', async () => {
    const bookId = await bookWithCopies('c1');
    const { status, body, headers } = await reserve(bookId, 'ann', {});
    expect(status).toBe(202);
    expect(body).toEqual({
      status: 'accepted',
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      position: expect.stringMatching(/^\d+:\d+$/) as unknown,
      bookId,
      userId: 'ann',
      reservationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    });
    const location = headers.get('location')!;
    expect(location).toBe(`/v1/books/${bookId}/reservations/${String(body['reservationId'])}`);
    const read = await api.get(`${location}?after=${String(body['position'])}`);
    expect(read.status).toBe(200);
    expect(read.body).toEqual({
      reservationId: body['reservationId'],
      bookId,
      userId: 'ann',
      status: 'ready',
      suspended: false,
      copyId: 'c1',
      queuePosition: null,
      queueLength: 0,
      pickupBy: expect.stringMatching(/Z$/) as unknown,
      rejection: null,
      reservedAt: expect.stringMatching(/Z$/) as unknown,
      updatedAt: expect.stringMatching(/Z$/) as unknown,
      position: body['position'],
    });
  });

  test('who waits for the outcome is answered with the resource, and plain reads agree', async () => {
    const bookId = await bookWithCopies('c1');
    const first = await reserve(bookId, 'ann');
    const second = await reserve(bookId, 'bob');
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.headers.get('preference-applied')).toBe('wait=20');
    expect(second.body).toMatchObject({
      status: 'waiting',
      queuePosition: 1,
      queueLength: 1,
      copyId: null,
      pickupBy: null,
    });
    const book = await api.get(`/v1/books/${bookId}`);
    expect(book.body).toEqual({
      bookId,
      title: `The Whale of ${bookId}`,
      authors: ['Herman Melville'],
      isbn: null,
      year: 1851,
      copies: { total: 1, available: 0, reserved: 1, onLoan: 0 },
      waiting: 1,
    });
    const copies = await api.get<Page<object>>(`/v1/books/${bookId}/copies`);
    expect(copies.body).toMatchObject({
      items: [
        { copyId: 'c1', status: 'reserved', reservationId: first.body['reservationId'], userId: 'ann' },
      ],
      nextCursor: null,
    });
  });

  test('the whole way of a copy: set aside, borrowed, returned to the next in the queue', async () => {
    const bookId = await bookWithCopies('c1');
    for (const user of ['ann', 'bob', 'cy']) await reserve(bookId, user);
    const stranger = await api.post(`/v1/books/${bookId}/copies/c1/loans`, { userId: 'bob' }, WAIT);
    expect([stranger.status, stranger.body['code']]).toEqual([409, 'copy-set-aside']);
    const loan = await api.post(`/v1/books/${bookId}/copies/c1/loans`, { userId: 'ann' }, WAIT);
    expect(loan.body).toMatchObject({ copyId: 'c1', status: 'on-loan', userId: 'ann', reservationId: null });
    const returned = await api.post(`/v1/books/${bookId}/copies/c1/returns`, undefined, WAIT);
    expect(returned.body).toMatchObject({ copyId: 'c1', status: 'reserved', userId: 'bob' });
    expect(
      (await reservationsOf(bookId)).map(({ userId, status, queuePosition }) => [
        userId,
        status,
        queuePosition,
      ]),
    ).toEqual([
      ['bob', 'ready', null],
      ['cy', 'waiting', 1],
      ['ann', 'fulfilled', null],
    ]);
  });

  test('a cancelled reservation gives its copy to the next; only its owner or staff may cancel it', async () => {
    const bookId = await bookWithCopies('c1');
    const first = (await reserve(bookId, 'ann')).body['reservationId'] as string;
    await reserve(bookId, 'bob');
    const path = `/v1/books/${bookId}/reservations/${first}`;
    expect((await api.delete(`${path}?userId=bob`, WAIT)).body['code']).toBe('not-owner');
    expect((await api.delete(`${path}?userId=ann`, WAIT)).body).toMatchObject({
      status: 'cancelled',
      copyId: null,
    });
    expect((await api.delete(path, WAIT)).body['code']).toBe('already-closed');
    expect((await reservationsOf(bookId))[0]).toMatchObject({ userId: 'bob', status: 'ready', copyId: 'c1' });
  });

  test('a suspended reservation keeps its place and is passed over, until it is resumed', async () => {
    const bookId = await bookWithCopies('c1');
    const ids: string[] = [];
    for (const user of ['ann', 'bob', 'cy'])
      ids.push(String((await reserve(bookId, user)).body['reservationId']));
    const path = (i: number) => `/v1/books/${bookId}/reservations/${ids[i]}`;
    const suspended = await api.post(`${path(1)}/suspension?userId=bob`, undefined, WAIT);
    expect(suspended.body).toMatchObject({ status: 'waiting', suspended: true, queuePosition: 1 });
    await api.delete(path(0), WAIT);
    expect((await reservationsOf(bookId)).map(({ userId, status }) => [userId, status])).toEqual([
      ['cy', 'ready'],
      ['bob', 'waiting'],
      ['ann', 'cancelled'],
    ]);
    expect((await api.delete(`${path(1)}/suspension?userId=ann`, WAIT)).body['code']).toBe('not-owner');
    await api.delete(`${path(1)}/suspension?userId=bob`, WAIT);
    await api.delete(path(2), WAIT);
    expect((await api.get(path(1))).body).toMatchObject({ status: 'ready', suspended: false, copyId: 'c1' });
  });

  test('a refused reservation exists, with its reason, also of a book that nobody knows', async () => {
    const bookId = uniqueName('nothing');
    const refused = await reserve(bookId, 'ann');
    expect([refused.status, refused.body['code']]).toEqual([409, 'unknown-book']);
    const path = `/v1/books/${bookId}/reservations/${String(refused.body['reservationId'])}`;
    expect((await api.get(path)).body).toMatchObject({
      status: 'rejected',
      rejection: { code: 'unknown-book' },
    });
    expect((await reservationsOf(bookId)).map(({ status }) => status)).toEqual(['rejected']);
    const history = await api.get<Page<object>>(`/v1/books/${bookId}/history`);
    expect(history.body.items).toMatchObject([
      { type: 'BookReserved', code: 'unknown-book', data: { userId: 'ann' } },
    ]);
    const ofUser = await api.get<Page<Reservation>>(`/v1/users/ann/reservations?limit=1`);
    expect(ofUser.body.items[0]).toMatchObject({ bookId, status: 'rejected' });
  });

  test('the same key is the same reservation, on whatever instance; with another request it is refused', async () => {
    const bookId = await bookWithCopies('c1');
    const key = { 'idempotency-key': uniqueName('key') };
    const answers = [];
    for (let i = 0; i < 4; i += 1) answers.push(await reserve(bookId, 'ann', key));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(
      new Set(answers.map(({ body }) => `${String(body['eventId'])} ${String(body['reservationId'])}`)).size,
    ).toBe(1);
    expect((await reserve(bookId, 'bob', key)).status).toBe(422);
    expect((await reserve(bookId, 'bob', key)).status).toBe(422);
    await reserve(bookId, 'cy');
    expect((await reservationsOf(bookId)).map(({ userId }) => userId)).toEqual(['ann', 'cy']);
    const history = await api.get<Page<{ type: string }>>(`/v1/books/${bookId}/history`);
    expect(history.body.items.map(({ type }) => type)).toEqual([
      'BookCatalogued',
      'CopyAdded',
      'BookReserved',
      'BookReserved',
    ]);
  });

  test('of many who reserve the last copy at once, one gets it and the others wait in a row', async () => {
    const bookId = await bookWithCopies('c1', 'c2');
    const answers = await Promise.all(Array.from({ length: 20 }, (_u, i) => reserve(bookId, `user-${i}`)));
    expect(answers.filter(({ body }) => body['status'] === 'ready')).toHaveLength(2);
    const waiting = (await reservationsOf(bookId)).filter(({ status }) => status === 'waiting');
    expect(waiting.map(({ queuePosition }) => queuePosition)).toEqual(
      Array.from({ length: 18 }, (_u, i) => i + 1),
    );
  });

  test('lists come in pages that join without gap or overlap', async () => {
    const bookId = await bookWithCopies('c1');
    await Promise.all(Array.from({ length: 7 }, (_u, i) => reserve(bookId, `user-${i}`)));
    const all = (await reservationsOf(bookId)).map(({ reservationId }) => reservationId);
    const paged: string[] = [];
    let cursor = '';
    do {
      const { body } = await api.get<Page<Reservation>>(`/v1/books/${bookId}/reservations?limit=3${cursor}`);
      paged.push(...body.items.map(({ reservationId }) => reservationId));
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor);
    expect(paged).toEqual(all);
    expect(all).toHaveLength(7);
  });

  test('the catalogue is searched by words of title and authors, whatever their case', async () => {
    const word = uniqueName('w').replaceAll('_', '');
    const bookId = uniqueName('book');
    await api.put(`/v1/books/${bookId}`, { title: `The ${word} Sea`, authors: ['Ada Lovelace'] }, WAIT);
    const search = async (text: string) =>
      (
        await api.get<Page<{ bookId: string }>>(`/v1/books?search=${encodeURIComponent(text)}`)
      ).body.items.map((b) => b.bookId);
    expect(await search(`LOVELACE ${word}`)).toEqual([bookId]);
    expect(await search(`${word} hopper`)).toEqual([]);
    expect(await search('%')).toEqual([]);
  });

  test('a read of a position that is not there yet says so, and one that can never be is refused', async () => {
    const { status, body, headers } = await api.get('/v1/books?after=3:999999999');
    expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'not-caught-up', '1']);
    expect((await api.get('/v1/books?after=12:0')).status).toBe(400);
    expect((await api.get('/v1/books?after=x')).status).toBe(400);
  });

  test('what is not there is a 404 that says what', async () => {
    const bookId = await bookWithCopies();
    const id = '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37';
    const codeOf = async (path: string) => {
      const { status, body } = await api.get(path);
      return [status, body['code']];
    };
    expect(await codeOf(`/v1/books/${bookId}/reservations/${id}`)).toEqual([404, 'unknown-reservation']);
    for (const path of ['', '/copies', '/reservations', '/history', `/reservations/${id}`]) {
      expect(await codeOf(`/v1/books/nobody-knows${path}`)).toEqual([404, 'unknown-book']);
    }
    expect(await codeOf('/v2')).toEqual([404, 'not-found']);
    expect((await api.get('/v1/users/nobody/reservations')).body).toEqual({ items: [], nextCursor: null });
  });

  test('every process tells how it is', async () => {
    for (const { url, opsUrl } of processes) {
      for (const base of [url, opsUrl].filter(Boolean)) {
        const [live, ready, metrics] = await Promise.all(
          ['/livez', '/readyz', '/metrics'].map((path) => fetch(base + path)),
        );
        expect([live!.status, ready!.status, metrics!.status]).toEqual([200, 200, 200]);
        const up = { status: 'up' };
        expect(await ready!.json()).toEqual({
          status: 'ready',
          checks: { kafka: up, postgres: up, registry: up },
        });
      }
    }
  });
});
