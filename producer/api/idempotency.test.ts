import { Registry } from 'prom-client';
import { silent } from '../../infra/http/testing';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { TopicClaims, type Claims } from '../idempotency/claims';
import { MaybeRecordedError } from '../writer/writer';
import { GroupCommitWriter } from '../writer/group-commit-writer';
import { startApi, type TestApi } from './testing';

const KEYS = 'library.idempotency-keys';
const RESERVATIONS = '/v1/books/moby-dick/reservations';
const COPY = '/v1/books/moby-dick/copies/c1';
const keyed = (key: string, body?: object) => ({ headers: { 'idempotency-key': key }, body });
const ishmael = { userId: 'ishmael' };

const log = new MemoryLog();
log.createTopic(KEYS, 1);
const writer = new GroupCommitWriter(log.createAppender(), {
  topic: KEYS,
  partitions: 1,
  timeout: 5_000,
  maxPending: 100,
});
const newClaims = () =>
  new TopicClaims({ log, writer, topic: KEYS, logger: silent, registry: new Registry() });

let instances: { api: TestApi; claims: TopicClaims }[];
let one: TestApi;
let other: TestApi;
beforeAll(async () => {
  const start = async () => {
    const claims = newClaims();
    return { claims, api: await startApi({ claims }) };
  };
  instances = [await start(), await start()];
  [one, other] = instances.map(({ api }) => api) as [TestApi, TestApi];
});
afterAll(async () => {
  for (const { api, claims } of instances) await Promise.all([api.close(1_000), claims.close()]);
  await writer.close();
});

test('a repeated request gets the same IDs, on any instance', async () => {
  const first = await one.send('POST', RESERVATIONS, keyed('repeat', ishmael));
  for (const api of [one, other, one]) {
    const repeat = await api.send('POST', RESERVATIONS, keyed('repeat', { ...ishmael }));
    expect(repeat.status).toBe(202);
    expect(repeat.json).toMatchObject({
      eventId: first.json?.['eventId'],
      reservationId: first.json?.['reservationId'],
    });
    expect(repeat.headers['location']).toBe(first.headers['location']);
  }
});

test('it gets them on an instance without any state, too', async () => {
  const first = await one.send('POST', RESERVATIONS, keyed('forgotten', ishmael));
  const fresh = await startApi();
  const repeat = await fresh.send('POST', RESERVATIONS, keyed('forgotten', ishmael));
  expect(repeat.json?.['reservationId']).toBe(first.json?.['reservationId']);
  await fresh.close(1_000);
});

// oxfmt-ignore
test.each<[string, string, object | undefined]>([
  ['user', RESERVATIONS, { userId: 'ahab' }],
  ['book', '/v1/books/walden/reservations', ishmael],
  ['operation', `${COPY}/loans`, ishmael],
  ['operation-without-body', `${COPY}/returns`, undefined],
])('the key with another %s is 422 everywhere, and nothing is recorded', async (what, path, body) => {
  await one.send('POST', RESERVATIONS, keyed(`used-${what}`, ishmael));
  for (const api of [one, other]) {
    const before = api.writer.records.length;
    const answer = await api.send('POST', path, keyed(`used-${what}`, body));
    expect(answer.json).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    expect(api.writer.records).toHaveLength(before);
  }
});

test('an invalid request does not claim its key', async () => {
  expect((await one.send('POST', RESERVATIONS, keyed('again', { userId: 7 }))).status).toBe(400);
  expect((await one.send('POST', RESERVATIONS, keyed('again', ishmael))).status).toBe(202);
});

test('loans and returns of different copies are different requests', async () => {
  expect((await one.send('POST', `${COPY}/returns`, keyed('return'))).status).toBe(202);
  expect((await one.send('POST', `${COPY}/returns`, keyed('return'))).status).toBe(202);
  expect((await one.send('POST', '/v1/books/moby-dick/copies/c2/returns', keyed('return'))).status).toBe(422);
});

test.each(['', ' ', 'a b', 'ä', 'x'.repeat(256)])('"%s" is an invalid key: 400', async (key) => {
  const answer = await one.send('POST', RESERVATIONS, keyed(key, ishmael));
  expect(answer.json).toMatchObject({ status: 400, errors: [{ path: 'Idempotency-Key' }] });
});

test('a key of 255 characters is valid', async () => {
  expect((await one.send('POST', RESERVATIONS, keyed('"'.repeat(255), ishmael))).status).toBe(202);
});

test('a key counts on PUT and DELETE, too', async () => {
  expect((await one.send('PUT', COPY, keyed('a b'))).status).toBe(400);
  const [first, repeat] = [
    await one.send('PUT', COPY, keyed('put')),
    await other.send('PUT', COPY, keyed('put')),
  ];
  expect(repeat.json?.['eventId']).toBe(first.json?.['eventId']);
  expect((await other.send('DELETE', COPY, keyed('put'))).json).toMatchObject({ status: 422 });
  const without = [await one.send('PUT', COPY), await one.send('PUT', COPY)];
  expect(without[0]!.json?.['eventId']).not.toBe(without[1]!.json?.['eventId']);
});

test('the query is part of the request: who mistyped the user cannot repeat with the right one under the same key', async () => {
  const suspend = (userId: string) =>
    `${RESERVATIONS}/01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37/suspension?userId=${userId}`;
  expect((await one.send('POST', suspend('ishmeal'), keyed('suspend'))).status).toBe(202);
  for (const api of [one, other]) {
    expect((await api.send('POST', suspend('ishmael'), keyed('suspend'))).json).toMatchObject({
      status: 422,
    });
  }
});

test('claiming and writing share the time of one request', async () => {
  const deadlines: number[] = [];
  const claim: Claims['claim'] = (_request, deadline) => {
    deadlines.push(deadline);
    return Promise.resolve(true);
  };
  const api = await startApi({ claims: { claim }, timeout: 5_000 });
  const before = performance.now();
  expect((await api.send('POST', RESERVATIONS, keyed('k', ishmael))).status).toBe(202);
  expect(deadlines[0]! - before).toBeGreaterThanOrEqual(5_000);
  expect(deadlines[0]! - performance.now()).toBeLessThanOrEqual(5_000);
  expect(api.writer.deadlines).toEqual(deadlines);
  await api.close(1_000);
});

test('where a key counts as reused, it is looked up whether the event of this very request is known', async () => {
  const holds = jest.fn(() => Promise.resolve(true));
  const claim: Claims['claim'] = ({ wasRecorded }) => wasRecorded();
  const api = await startApi({ claims: { claim }, outcomes: { holds, outcomeOf: jest.fn() } });
  expect((await api.send('POST', RESERVATIONS, keyed('k', ishmael))).status).toBe(202);
  expect(holds.mock.calls).toEqual([['moby-dick', api.events[0]!.eventId]]);
  await api.close(1_000);
});

// oxfmt-ignore
test.each<[string, string, string, object, string]>([
  ['a key', 'POST', RESERVATIONS, keyed('k', ishmael), 'again with the same Idempotency-Key'],
  ['a key', 'DELETE', COPY, keyed('k'), 'again with the same Idempotency-Key'],
  ['no key', 'PUT', COPY, {}, 'the same request again'],
  ['no key', 'DELETE', COPY, {}, 'the same request again'],
  ['no key', 'POST', RESERVATIONS, { body: ishmael }, 'Look whether it took effect before'],
])('504 on a request with %s (%s %s) advises what helps there', async (_key, method, path, request, advice) => {
  const api = await startApi();
  api.writer.failure = new MaybeRecordedError('deadline');
  const answer = await api.send(method, path, request);
  expect(answer.json).toMatchObject({ status: 504, detail: expect.stringContaining(advice) });
  await api.close(1_000);
});
