import { startApi, type TestApi } from './testing';
import type { WriteResult, OutcomeQuery, OutcomeLookup } from './outcome-lookup';

const RESERVATIONS = '/v1/books/moby-dick/reservations';
const waiting = (seconds: number | string) => ({ headers: { prefer: `wait=${seconds}` } });
const reserve = { body: { userId: 'ishmael' } };

let api: TestApi;
let queries: OutcomeQuery[];
let answer: () => Promise<WriteResult>;
const outcomes: OutcomeLookup = {
  outcomeOf(query) {
    queries.push(query);
    return answer();
  },
  holds: () => Promise.resolve(false),
};

beforeEach(async () => {
  queries = [];
  answer = () => Promise.resolve({ kind: 'pending' });
  api = await startApi({ outcomes });
});
afterEach(() => api.close(1_000));

test('200 with the resource, once the event has taken effect', async () => {
  answer = () => Promise.resolve({ kind: 'applied', resource: { status: 'ready' } });
  const { status, json, headers } = await api.send('POST', RESERVATIONS, { ...waiting(5), ...reserve });
  expect({ status, json }).toEqual({ status: 200, json: { status: 'ready' } });
  expect(headers['preference-applied']).toBe('wait=5');
  expect(headers['location']).toMatch(/^\/v1\/books\/moby-dick\/reservations\/[0-9a-f-]{36}$/);
});

test('409 with the code, when it had no effect; the reservation is recorded all the same', async () => {
  answer = () => Promise.resolve({ kind: 'refused', code: 'already-reserved', detail: 'You have one.' });
  const { status, json, headers } = await api.send('POST', RESERVATIONS, { ...waiting(5), ...reserve });
  expect(status).toBe(409);
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(json).toMatchObject({
    ...{ status: 409, code: 'already-reserved', type: '/problems/already-reserved', detail: 'You have one.' },
    ...{ position: '3:0', bookId: 'moby-dick', userId: 'ishmael' },
  });
  expect(headers['location']).toBe(`${RESERVATIONS}/${json?.['reservationId'] as string}`);
  expect((await api.send('GET', '/problems/already-reserved')).status).toBe(200);
});

test('202 when the wait times out', async () => {
  const { status, json, headers } = await api.send('POST', RESERVATIONS, { ...waiting(5), ...reserve });
  expect(status).toBe(202);
  expect(json).toMatchObject({ status: 'accepted', position: '3:0' });
  expect(headers['preference-applied']).toBe('wait=5');
});

test('202 when the view fails: the event is recorded', async () => {
  answer = () => Promise.reject(new Error('no database'));
  expect((await api.send('POST', RESERVATIONS, { ...waiting(5), ...reserve })).status).toBe(202);
});

test('202 when the view throws synchronously', async () => {
  answer = () => {
    throw new Error('no database');
  };
  expect((await api.send('POST', RESERVATIONS, { ...waiting(5), ...reserve })).status).toBe(202);
});

test('the query names the event, the resource and the timeout', async () => {
  await api.send('POST', RESERVATIONS, { ...waiting(99), ...reserve });
  await api.send('PUT', '/v1/books/moby-dick', { ...waiting(1), body: { title: 'Moby-Dick' } });
  await api.send('POST', '/v1/books/moby-dick/copies/c1/loans', { ...waiting(1), ...reserve });
  await api.send('POST', '/v1/books/moby-dick/copies/c1/returns', waiting(1));
  await api.send('DELETE', `${RESERVATIONS}/01980F3C-7A2E-7C41-9F0A-5D2B8C6E1F37`, waiting(1));
  const [first] = queries;
  expect(first).toMatchObject({
    bookId: 'moby-dick',
    position: { partition: 3, offset: 0 },
    timeoutMs: 30_000,
  });
  expect(first?.eventId).toBe(api.events[0]?.eventId);
  expect(queries.map(({ resource }) => resource)).toEqual([
    { kind: 'reservation', reservationId: (api.events[0] as { reservationId?: string }).reservationId },
    { kind: 'book' },
    { kind: 'copy', copyId: 'c1' },
    { kind: 'copy', copyId: 'c1' },
    { kind: 'reservation', reservationId: '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37' },
  ]);
});

test.each(['0', '-1', 'soon', ''])('wait=%s does not wait', async (value) => {
  const { status, headers } = await api.send('POST', RESERVATIONS, { ...waiting(value), ...reserve });
  expect(status).toBe(202);
  expect(headers).not.toHaveProperty('preference-applied');
  expect(queries).toEqual([]);
});

test('several Prefer headers are combined', async () => {
  const headers = { prefer: ['respond-async', 'wait=7'] };
  expect((await api.send('POST', RESERVATIONS, { headers, ...reserve })).headers['preference-applied']).toBe(
    'wait=7',
  );
});

test('without a view there is no wait', async () => {
  const blind = await startApi();
  expect((await blind.send('POST', RESERVATIONS, { ...waiting(30), ...reserve })).status).toBe(202);
  await blind.close(1_000);
});
