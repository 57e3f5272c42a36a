import { WAIT } from '../api-client';
import type { LendingDesk } from './desk';

/** The way of a copy down the queue: loans, returns, cancellations, suspensions. */
export function lendingTests(desk: LendingDesk): void {
  test('a copy is set aside, borrowed, returned to the next in the queue', async () => {
    const bookId = await desk.bookWithCopies('c1');
    for (const user of ['ann', 'bob', 'cy']) await desk.reserve(bookId, user);
    const stranger = await desk.api.post(`/v1/books/${bookId}/copies/c1/loans`, { userId: 'bob' }, WAIT);
    expect([stranger.status, stranger.body['code']]).toEqual([409, 'copy-set-aside']);
    const loan = await desk.api.post(`/v1/books/${bookId}/copies/c1/loans`, { userId: 'ann' }, WAIT);
    expect(loan.body).toMatchObject({ copyId: 'c1', status: 'on-loan', userId: 'ann', reservationId: null });
    const returned = await desk.api.post(`/v1/books/${bookId}/copies/c1/returns`, undefined, WAIT);
    expect(returned.body).toMatchObject({ copyId: 'c1', status: 'reserved', userId: 'bob' });
    expect(
      (await desk.reservationsOf(bookId)).map(({ userId, status, queuePosition }) => [
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
    const bookId = await desk.bookWithCopies('c1');
    const first = (await desk.reserve(bookId, 'ann')).body['reservationId'] as string;
    await desk.reserve(bookId, 'bob');
    const path = `/v1/books/${bookId}/reservations/${first}`;
    expect((await desk.api.delete(`${path}?userId=bob`, WAIT)).body['code']).toBe('not-owner');
    expect((await desk.api.delete(`${path}?userId=ann`, WAIT)).body).toMatchObject({
      status: 'cancelled',
      copyId: null,
    });
    expect((await desk.api.delete(path, WAIT)).body['code']).toBe('already-closed');
    expect((await desk.reservationsOf(bookId))[0]).toMatchObject({
      userId: 'bob',
      status: 'ready',
      copyId: 'c1',
    });
  });

  test('a suspended reservation keeps its place and is passed over, until it is resumed', async () => {
    const bookId = await desk.bookWithCopies('c1');
    const ids: string[] = [];
    for (const user of ['ann', 'bob', 'cy'])
      ids.push(String((await desk.reserve(bookId, user)).body['reservationId']));
    const path = (i: number) => `/v1/books/${bookId}/reservations/${ids[i]}`;
    const suspended = await desk.api.post(`${path(1)}/suspension?userId=bob`, undefined, WAIT);
    expect(suspended.body).toMatchObject({ status: 'waiting', suspended: true, queuePosition: 1 });
    await desk.api.delete(path(0), WAIT);
    expect((await desk.reservationsOf(bookId)).map(({ userId, status }) => [userId, status])).toEqual([
      ['cy', 'ready'],
      ['bob', 'waiting'],
      ['ann', 'cancelled'],
    ]);
    expect((await desk.api.delete(`${path(1)}/suspension?userId=ann`, WAIT)).body['code']).toBe('not-owner');
    await desk.api.delete(`${path(1)}/suspension?userId=bob`, WAIT);
    await desk.api.delete(path(2), WAIT);
    expect((await desk.api.get(path(1))).body).toMatchObject({
      status: 'ready',
      suspended: false,
      copyId: 'c1',
    });
  });
}
