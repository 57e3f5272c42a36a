import { uniqueName } from '../../servers';
import type { LendingDesk, Page, Reservation } from './desk';

/** Reservations: accepted, answered with their outcome, refused, repeated. */
export function reservationTests(desk: LendingDesk): void {
  test('a reservation is accepted with its position, and its location shows it from there on', async () => {
    const bookId = await desk.bookWithCopies('c1');
    const { status, body, headers } = await desk.reserve(bookId, 'ann', {});
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
    const read = await desk.api.get(`${location}?after=${String(body['position'])}`);
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

  test('a write that waits for the outcome is answered with the resource, and plain reads agree', async () => {
    const bookId = await desk.bookWithCopies('c1');
    const first = await desk.reserve(bookId, 'ann');
    const second = await desk.reserve(bookId, 'bob');
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.headers.get('preference-applied')).toBe('wait=20');
    expect(second.body).toMatchObject({
      status: 'waiting',
      queuePosition: 1,
      queueLength: 1,
      copyId: null,
      pickupBy: null,
    });
    const book = await desk.api.get(`/v1/books/${bookId}`);
    expect(book.body).toEqual({
      bookId,
      title: `The Whale of ${bookId}`,
      authors: ['Herman Melville'],
      isbn: null,
      year: 1851,
      copies: { total: 1, available: 0, reserved: 1, onLoan: 0 },
      waiting: 1,
    });
    const copies = await desk.api.get<Page<object>>(`/v1/books/${bookId}/copies`);
    expect(copies.body).toMatchObject({
      items: [
        { copyId: 'c1', status: 'reserved', reservationId: first.body['reservationId'], userId: 'ann' },
      ],
      nextCursor: null,
    });
  });

  test('a refused reservation exists, with its reason, also of an unknown book', async () => {
    const bookId = uniqueName('nothing');
    const refused = await desk.reserve(bookId, 'ann');
    expect([refused.status, refused.body['code']]).toEqual([409, 'unknown-book']);
    const path = `/v1/books/${bookId}/reservations/${String(refused.body['reservationId'])}`;
    expect((await desk.api.get(path)).body).toMatchObject({
      status: 'rejected',
      rejection: { code: 'unknown-book' },
    });
    expect((await desk.reservationsOf(bookId)).map(({ status }) => status)).toEqual(['rejected']);
    const history = await desk.api.get<Page<object>>(`/v1/books/${bookId}/history`);
    expect(history.body.items).toMatchObject([
      { type: 'BookReserved', code: 'unknown-book', data: { userId: 'ann' } },
    ]);
    const ofUser = await desk.api.get<Page<Reservation>>(`/v1/users/ann/reservations?limit=1`);
    expect(ofUser.body.items[0]).toMatchObject({ bookId, status: 'rejected' });
  });

  test('the same key is the same reservation, on every instance; with another request it is refused', async () => {
    const bookId = await desk.bookWithCopies('c1');
    const key = { 'idempotency-key': uniqueName('key') };
    const answers = [];
    for (let i = 0; i < 4; i += 1) answers.push(await desk.reserve(bookId, 'ann', key));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(
      new Set(answers.map(({ body }) => `${String(body['eventId'])} ${String(body['reservationId'])}`)).size,
    ).toBe(1);
    expect((await desk.reserve(bookId, 'bob', key)).status).toBe(422);
    expect((await desk.reserve(bookId, 'bob', key)).status).toBe(422);
    await desk.reserve(bookId, 'cy');
    expect((await desk.reservationsOf(bookId)).map(({ userId }) => userId)).toEqual(['ann', 'cy']);
    const history = await desk.api.get<Page<{ type: string }>>(`/v1/books/${bookId}/history`);
    expect(history.body.items.map(({ type }) => type)).toEqual([
      'BookCatalogued',
      'CopyAdded',
      'BookReserved',
      'BookReserved',
    ]);
  });

  test('of 20 concurrent reservations of two copies, two are ready and the others wait in one queue', async () => {
    const bookId = await desk.bookWithCopies('c1', 'c2');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_u, i) => desk.reserve(bookId, `user-${i}`)),
    );
    expect(answers.filter(({ body }) => body['status'] === 'ready')).toHaveLength(2);
    const waiting = (await desk.reservationsOf(bookId)).filter(({ status }) => status === 'waiting');
    expect(waiting.map(({ queuePosition }) => queuePosition)).toEqual(
      Array.from({ length: 18 }, (_u, i) => i + 1),
    );
  });
}
