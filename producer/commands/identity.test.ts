import * as fc from 'fast-check';
import { version } from 'uuid';
import { freshIdentity, keyedIdentity, type KeyedRequest } from './identity';

const ANONYMOUS = { name: '', role: 'anonymous' } as const;
const request: KeyedRequest = {
  idempotencyKey: 'k1',
  caller: ANONYMOUS,
  operation: 'POST /v1/books/{bookId}/reservations',
  params: { bookId: 'moby-dick' },
  query: {},
  body: { userId: 'ishmael' },
};

test('without a key every request has IDs of its own, in the order of time', () => {
  const [first, second] = [freshIdentity(), freshIdentity()];
  expect(version(first.eventId)).toBe(7);
  expect(first.reservationId).toBe(first.reservationId);
  expect(new Set([first.eventId, first.reservationId, second.eventId, second.reservationId]).size).toBe(4);
  expect(second.eventId > first.eventId).toBe(true);
});

test('the IDs of a keyed request never change, in no release', () => {
  expect(keyedIdentity(request)).toMatchInlineSnapshot(`
    {
      "eventId": "8e345b1a-96e0-56cf-9576-295c73d63a46",
      "reservationId": "285b1bb8-1bc0-519f-a32b-21d924ab561c",
    }
  `);
  expect(version(keyedIdentity(request).eventId)).toBe(5);
});

test('the order of the fields makes no difference', () => {
  const params = { bookId: 'moby-dick', copyId: 'c1' };
  const turned = { copyId: 'c1', bookId: 'moby-dick' };
  expect(keyedIdentity({ ...request, params })).toEqual(keyedIdentity({ ...request, params: turned }));
});

test.each<[string, Partial<KeyedRequest>]>([
  ['key', { idempotencyKey: 'k2' }],
  ['operation', { operation: 'POST /v1/books/{bookId}/copies/{copyId}/loans' }],
  ['book', { params: { bookId: 'walden' } }],
  ['copy', { params: { bookId: 'moby-dick', copyId: 'c1' } }],
  ['user', { body: { userId: 'ahab' } }],
  ['query', { query: { userId: 'ahab' } }],
  ['caller', { caller: { name: 'anna', role: 'staff' } }],
])('another %s makes other IDs', (_what, change) => {
  const [one, other] = [keyedIdentity(request), keyedIdentity({ ...request, ...change })];
  expect(other.eventId).not.toBe(one.eventId);
  expect(other.reservationId).not.toBe(one.reservationId);
});

test('two different requests never have the same IDs', () => {
  const word = fc.stringMatching(/^["',:{}\\ab]{0,6}$/);
  const requests = fc.record({ key: word, book: word, user: word });
  fc.assert(
    fc.property(requests, requests, (a, b) => {
      const idOf = ({ key, book, user }: typeof a) =>
        keyedIdentity({ ...request, idempotencyKey: key, params: { bookId: book }, body: { userId: user } })
          .eventId;
      expect(idOf(a) === idOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});
