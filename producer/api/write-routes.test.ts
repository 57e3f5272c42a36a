import { validate, version } from 'uuid';
import { silent } from '../../infra/http/testing';
import { startAuthentication } from '../../schemas/authentication';
import { LIBRARY_EVENT_TYPES } from '../../schemas/generated/events';
import { MaybeRecordedError, NotRecordedError } from '../writer/writer';
import { startApi, type TestApi } from './testing';

const NOW = Date.UTC(2026, 0, 1);
const RESERVATION = '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37';
const BOOK = '/v1/books/moby-dick';
const RESERVATIONS = `${BOOK}/reservations`;
const COPY = `${BOOK}/copies/c1`;

let api: TestApi;
beforeEach(async () => {
  api = await startApi({ clock: () => NOW });
});
afterEach(() => api.close(1_000));

// oxfmt-ignore
describe.each([
  ['PUT', BOOK, { title: 'Moby-Dick', authors: ['Herman Melville'], isbn: '9780142437247', year: 1851 },
    { type: 'BookCatalogued', title: 'Moby-Dick', authors: ['Herman Melville'], isbn: '9780142437247', year: 1851 }, {}],
  ['PUT', BOOK, { title: 'Moby-Dick' }, { type: 'BookCatalogued', title: 'Moby-Dick', authors: [], isbn: null, year: null }, {}],
  ['PUT', BOOK, { title: 'X', isbn: null, year: null }, { type: 'BookCatalogued', title: 'X', authors: [], isbn: null, year: null }, {}],
  ['PUT', COPY, undefined, { type: 'CopyAdded', copyId: 'c1' }, { copyId: 'c1' }],
  ['DELETE', COPY, undefined, { type: 'CopyWithdrawn', copyId: 'c1' }, { copyId: 'c1' }],
  ['POST', RESERVATIONS, { userId: 'ishmael' }, { type: 'BookReserved', userId: 'ishmael', reservationId: expect.any(String) },
    { userId: 'ishmael', reservationId: expect.any(String) }],
  ['DELETE', `${RESERVATIONS}/${RESERVATION.toUpperCase()}`, undefined,
    { type: 'ReservationCancelled', reservationId: RESERVATION, userId: null, reason: null }, { reservationId: RESERVATION }],
  ['DELETE', `${RESERVATIONS}/${RESERVATION}?userId=ishmael`, undefined,
    { type: 'ReservationCancelled', reservationId: RESERVATION, userId: 'ishmael', reason: null },
    { reservationId: RESERVATION, userId: 'ishmael' }],
  ['POST', `${RESERVATIONS}/${RESERVATION}/suspension`, undefined,
    { type: 'ReservationSuspended', reservationId: RESERVATION, userId: null }, { reservationId: RESERVATION }],
  ['DELETE', `${RESERVATIONS}/${RESERVATION}/suspension?userId=ishmael`, undefined,
    { type: 'ReservationResumed', reservationId: RESERVATION, userId: 'ishmael' },
    { reservationId: RESERVATION, userId: 'ishmael' }],
  ['POST', `${COPY}/loans`, { userId: 'ishmael' }, { type: 'CopyBorrowed', copyId: 'c1', userId: 'ishmael' }, { copyId: 'c1', userId: 'ishmael' }],
  ['POST', `${COPY}/returns`, undefined, { type: 'CopyReturned', copyId: 'c1' }, { copyId: 'c1' }],
])('%s %s %j', (method, path, body, event, ids) => {
  test('is accepted, with the event and its IDs', async () => {
    const answer = await api.send(method, path, { body });
    expect(answer.status).toBe(202);
    const eventId = api.events[0]?.eventId ?? '';
    expect(validate(eventId) && version(eventId)).toBe(7);
    expect(answer.json).toEqual({ status: 'accepted', eventId, position: '3:0', bookId: 'moby-dick', ...ids });
    expect(api.events).toEqual([{ eventId, occurredAt: NOW, bookId: 'moby-dick', ...event }]);
  });
});

test('every event that clients can cause is covered above', () => {
  const byRules = ['ReservationExpired'];
  expect(LIBRARY_EVENT_TYPES.filter((type) => !byRules.includes(type))).toHaveLength(9);
});

test('a reservation has a Location', async () => {
  const { headers, json } = await api.send('POST', RESERVATIONS, { body: { userId: 'ishmael' } });
  expect(headers['location']).toBe(`${RESERVATIONS}/${json?.['reservationId'] as string}`);
});

test('the record is keyed by the book, with CloudEvents headers and the trace', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await api.send('PUT', COPY, { headers: { traceparent } });
  const [record] = api.writer.records;
  expect(record?.key).toBe('moby-dick');
  expect(record?.headers).toMatchObject({
    ce_type: 'library.CopyAdded',
    ce_source: '/library/api',
    traceparent,
  });
});

test.each([
  '',
  'garbage',
  '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
  'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
])('traceparent: %s is dropped', async (traceparent) => {
  expect((await api.send('PUT', COPY, { headers: { traceparent } })).status).toBe(202);
  expect(api.writer.records[0]?.headers).not.toHaveProperty('traceparent');
});

const title = 'x';
// oxfmt-ignore
test.each<[string, string, string, object | undefined, string[]]>([
  ['no title', 'PUT', BOOK, {}, ['title']],
  ['an empty title', 'PUT', BOOK, { title: '' }, ['title']],
  ['a blank title', 'PUT', BOOK, { title: ' \t\n' }, ['title']],
  ['null for a title', 'PUT', BOOK, { title: null }, ['title']],
  ['a number for a title', 'PUT', BOOK, { title: 1984 }, ['title']],
  ['a title that is too long', 'PUT', BOOK, { title: 'x'.repeat(501) }, ['title']],
  ['NUL in a title', 'PUT', BOOK, { title: 'Moby\u0000Dick' }, ['title']],
  ['half a character in a title', 'PUT', BOOK, { title: '\ud83d' }, ['title']],
  ['one author as text', 'PUT', BOOK, { title, authors: 'Melville' }, ['authors']],
  ['null for authors', 'PUT', BOOK, { title, authors: null }, ['authors']],
  ['NUL in an author', 'PUT', BOOK, { title, authors: ['A', '\u0000'] }, ['authors.1']],
  ['too many authors', 'PUT', BOOK, { title, authors: Array(51).fill('A') }, ['authors']],
  ['an author that is too long', 'PUT', BOOK, { title, authors: ['x'.repeat(201)] }, ['authors.0']],
  ['a number for an ISBN', 'PUT', BOOK, { title, isbn: 9780142437247 }, ['isbn']],
  ['an ISBN that is too long', 'PUT', BOOK, { title, isbn: '9'.repeat(33) }, ['isbn']],
  ['text for a year', 'PUT', BOOK, { title, year: '1851' }, ['year']],
  ['half a year', 'PUT', BOOK, { title, year: 1851.5 }, ['year']],
  ['a year that no calendar has', 'PUT', BOOK, { title, year: 1e300 }, ['year']],
  ['an unknown field', 'PUT', BOOK, { title, pages: 600 }, ['pages']],
  ['another bookId in the body', 'PUT', BOOK, { title, bookId: 'walden' }, ['bookId']],
  ['several wrong fields', 'PUT', BOOK, { authors: [7], year: '1' }, ['title', 'authors.0', 'year']],
  ['no user', 'POST', RESERVATIONS, {}, ['userId']],
  ['a number for a user', 'POST', RESERVATIONS, { userId: 7 }, ['userId']],
  ['an empty user', 'POST', RESERVATIONS, { userId: '' }, ['userId']],
  ['a user with a space', 'POST', RESERVATIONS, { userId: 'call me' }, ['userId']],
  ['the user ..', 'POST', RESERVATIONS, { userId: '..' }, ['userId']],
  ['a user that is too long', 'POST', RESERVATIONS, { userId: 'x'.repeat(65) }, ['userId']],
  ['a reservationId of the client', 'POST', RESERVATIONS, { userId: 'ishmael', reservationId: RESERVATION }, ['reservationId']],
  ['no user for a loan', 'POST', `${COPY}/loans`, { user: 'ishmael' }, ['userId', 'user']],
  ['a reservationId that is no UUID', 'DELETE', `${RESERVATIONS}/7`, undefined, ['reservationId']],
  ['a wrong user in the query', 'DELETE', `${RESERVATIONS}/${RESERVATION}?userId=`, undefined, ['userId']],
  ['two users in the query', 'DELETE', `${RESERVATIONS}/${RESERVATION}?userId=a&userId=b`, undefined, ['userId']],
  ['the copy .', 'PUT', `${BOOK}/copies/%2E`, undefined, ['copyId']],
  ['a wrong book and copy', 'PUT', '/v1/books/a%20b/copies/a%20b', undefined, ['bookId', 'copyId']],
])('%s is 400 and names the fields', async (_name, method, path, body, fields) => {
  const answer = await api.send(method, path, { body });
  expect(answer.json).toMatchObject({ status: 400, code: 'invalid-request' });
  expect((answer.json!['errors'] as { path: string }[]).map(({ path: field }) => field)).toEqual(fields);
  expect(api.writer.records).toEqual([]);
});

test('a title may have 500 characters of any script', async () => {
  expect((await api.send('PUT', BOOK, { body: { title: '🐋'.repeat(500) } })).status).toBe(202);
});

test('503 means that surely nothing was recorded, and has a Retry-After', async () => {
  api.writer.failure = new NotRecordedError('queue full');
  const { json, headers } = await api.send('POST', RESERVATIONS, { body: { userId: 'ishmael' } });
  expect(json).toMatchObject({ status: 503, code: 'not-recorded' });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
});

test('504 names what may have been recorded, so that a client can check', async () => {
  api.writer.failure = new MaybeRecordedError('deadline');
  const { json } = await api.send('POST', RESERVATIONS, { body: { userId: 'ishmael' } });
  const [event] = api.events;
  expect(json).toMatchObject({ status: 504, code: 'maybe-recorded', eventId: event?.eventId });
  expect(json?.['reservationId']).toBe((event as { reservationId?: string }).reservationId);
});

describe('with tokens', () => {
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  let guarded: TestApi;
  beforeAll(async () => {
    const tokens = 's=staff:anna;p=patron:ishmael;a=analyst:ada';
    guarded = await startApi({}, startAuthentication({ mode: 'tokens', tokens }, silent));
  });
  afterAll(() => guarded.close(1_000));

  // oxfmt-ignore
  test.each<[string, string, object | undefined, number]>([
    ['POST', RESERVATIONS, { userId: 'ishmael' }, 202],
    ['POST', RESERVATIONS, { userId: 'ahab' }, 403],
    ['DELETE', `${RESERVATIONS}/${RESERVATION}?userId=ishmael`, undefined, 202],
    ['DELETE', `${RESERVATIONS}/${RESERVATION}?userId=ahab`, undefined, 403],
    ['DELETE', `${RESERVATIONS}/${RESERVATION}`, undefined, 202],
    ['POST', `${RESERVATIONS}/${RESERVATION}/suspension`, undefined, 202],
    ['POST', `${RESERVATIONS}/${RESERVATION}/suspension?userId=ahab`, undefined, 403],
    ['DELETE', `${RESERVATIONS}/${RESERVATION}/suspension`, undefined, 202],
    ['DELETE', `${RESERVATIONS}/${RESERVATION}/suspension?userId=ahab`, undefined, 403],
    ['PUT', BOOK, { title }, 403],
    ['PUT', COPY, undefined, 403],
    ['DELETE', COPY, undefined, 403],
    ['POST', `${COPY}/loans`, { userId: 'ishmael' }, 403],
    ['POST', `${COPY}/returns`, undefined, 403],
  ])('a patron: %s %s %j is %s; staff are allowed to, analysts are not', async (method, path, body, status) => {
    expect((await guarded.send(method, path, { ...as('p'), body })).status).toBe(status);
    expect((await guarded.send(method, path, { ...as('s'), body })).status).toBe(202);
    expect((await guarded.send(method, path, { ...as('a'), body })).status).toBe(403);
    expect((await guarded.send(method, path, { body })).status).toBe(401);
  });

  // oxfmt-ignore
  test.each([
    ['DELETE', `${RESERVATIONS}/${RESERVATION}`],
    ['POST', `${RESERVATIONS}/${RESERVATION}/suspension`],
    ['DELETE', `${RESERVATIONS}/${RESERVATION}/suspension`],
  ])('what a patron asks for (%s %s) is in their name, so that the stream checks whose reservation it is', async (method, path) => {
    await guarded.send(method, path, as('p'));
    expect(guarded.events.at(-1)).toMatchObject({ userId: 'ishmael' });
    await guarded.send(method, path, as('s'));
    expect(guarded.events.at(-1)).toMatchObject({ userId: null });
  });

  test('each record says who acted', async () => {
    const headers = () => guarded.writer.records.at(-1)?.headers;
    await guarded.send('POST', RESERVATIONS, { ...as('p'), body: { userId: 'ishmael' } });
    expect(headers()).toMatchObject({
      ...{ ce_authtype: 'user', ce_authid: 'ishmael', ce_authclaims: '{"role":"patron"}' },
    });
    await guarded.send('PUT', COPY, as('s'));
    expect(headers()).toMatchObject({ ce_authtype: 'user', ce_authid: 'anna' });
    await api.send('PUT', COPY);
    expect(api.writer.records.at(-1)?.headers).toMatchObject({ ce_authtype: 'unauthenticated' });
    expect(api.writer.records.at(-1)?.headers).not.toHaveProperty('ce_authid');
  });

  test('callers do not share keys', async () => {
    const send = (token: string) => {
      const headers = { ...as(token).headers, 'idempotency-key': 'k1' };
      return guarded.send('POST', RESERVATIONS, { headers, body: { userId: 'ishmael' } });
    };
    const [patron, staff, again] = [await send('p'), await send('s'), await send('p')];
    expect(staff.json?.['eventId']).not.toBe(patron.json?.['eventId']);
    expect(again.json?.['eventId']).toBe(patron.json?.['eventId']);
  });
});
