import { requestOf, whatFollows, type Act } from './life';

const wish = { userId: '15', bookId: '2' };
const reserve: Act = { kind: 'reserve', ...wish };
const borrow: Act = { kind: 'borrow', copyId: '2-1', ...wish };
const bringBack: Act = { kind: 'return', copyId: '2-1', ...wish };
const follows = (act: Act, status: number, body: Record<string, unknown>, chance = 0.5) =>
  whatFollows(act, { status, body }, chance).map((later) => later.act);

test('whoever a copy is set aside for fetches it, and one in ten gives it up', () => {
  const ready = { status: 'ready', copyId: '2-1', reservationId: 'r' };
  expect(follows(reserve, 200, ready)).toEqual([borrow]);
  expect(follows(reserve, 200, ready, 0.05)).toEqual([{ kind: 'cancel', reservationId: 'r', ...wish }]);
});

test('a loan ends, and the copy goes to the next reader in the queue', () => {
  expect(follows(borrow, 200, { copyId: '2-1', status: 'on-loan', userId: '15' })).toEqual([bringBack]);
  expect(follows(bringBack, 200, { copyId: '2-1', status: 'reserved', userId: '16' })).toEqual([
    { ...borrow, userId: '16' },
  ]);
});

test('nothing follows from what waits, is refused or is not known yet', () => {
  expect(follows(reserve, 200, { status: 'waiting', copyId: null })).toEqual([]);
  expect(follows(reserve, 409, { code: 'already-reserved' })).toEqual([]);
  expect(follows(borrow, 202, { copyId: '2-1' })).toEqual([]);
  expect(follows(bringBack, 200, { copyId: '2-1', status: 'available', userId: null })).toEqual([]);
});

test('requests are those of the API, with a key that is the same for a repeat and another in another run', () => {
  expect(requestOf(borrow, 'a')).toMatchObject({
    method: 'POST',
    path: '/v1/books/2/copies/2-1/loans',
    body: { userId: '15' },
  });
  const keys = [reserve, borrow, bringBack].flatMap((act) => [requestOf(act, 'a'), requestOf(act, 'b')]);
  expect(new Set(keys.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(6);
});
