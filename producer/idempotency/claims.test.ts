import * as fc from 'fast-check';
import { Registry } from 'prom-client';
import { silent } from '../../infra/http/testing';
import type { Log } from '../../infra/event-log/log';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { GroupCommitWriter } from '../writer/group-commit-writer';
import { NotRecordedError, type Writer } from '../writer/writer';
import { ClaimTable } from './claim-table';
import { TopicClaims, type ClaimsOptions } from './claims';

const TOPIC = 'library.idempotency-keys';
const running: TopicClaims[] = [];
const writers: Writer[] = [];

function newLog(): MemoryLog {
  const log = new MemoryLog();
  log.createTopic(TOPIC, 1);
  return log;
}

function writerTo(log: Log): Writer {
  const writer = new GroupCommitWriter(log.createAppender(), {
    topic: TOPIC,
    partitions: 1,
    timeout: 5_000,
    maxPending: 1_000,
  });
  writers.push(writer);
  return writer;
}

/** Starts one more instance of the service's claims. */
function instance(log: Log, options: Partial<ClaimsOptions> = {}): TopicClaims {
  const base = { log, writer: writerTo(log), topic: TOPIC, logger: silent, registry: new Registry() };
  const claims = new TopicClaims({ ...base, ...options });
  running.push(claims);
  return claims;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((claims) => claims.close()));
  await Promise.all(writers.splice(0).map((writer) => writer.close()));
});

const recordsIn = async (log: Log) => (await log.bounds(TOPIC))[0]?.end;

test('the first request owns the key; repeats of it may use it, others may not', async () => {
  const claims = instance(newLog());
  expect(await claims.claim('k', 'reserve moby-dick')).toBe(true);
  expect(await claims.claim('k', 'reserve moby-dick')).toBe(true);
  expect(await claims.claim('k', 'reserve walden')).toBe(false);
  expect(await claims.claim('other', 'reserve walden')).toBe(true);
});

test('a key in memory costs no further write', async () => {
  const log = newLog();
  const claims = instance(log);
  for (const meaning of ['a', 'a', 'b']) await claims.claim('k', meaning);
  expect(await recordsIn(log)).toBe(1);
});

test('other instances see the claim too', async () => {
  const log = newLog();
  const [one, other] = [instance(log), instance(log)];
  expect(await one.claim('k', 'a')).toBe(true);
  expect(await other.claim('k', 'b')).toBe(false);
  expect(await other.claim('k', 'a')).toBe(true);
});

test('an instance that is started later sees it too', async () => {
  const log = newLog();
  await instance(log).claim('k', 'a');
  expect(await instance(log).claim('k', 'b')).toBe(false);
});

test('of concurrent claims of a key, on any instance, one request gets it', async () => {
  const claim = fc.record({
    at: fc.nat({ max: 2 }),
    key: fc.constantFrom('k1', 'k2'),
    meaning: fc.constantFrom('a', 'b', 'c'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(claim, { minLength: 1, maxLength: 20 }), async (attempts) => {
      const log = newLog();
      const instances = [instance(log), instance(log), instance(log)];
      const granted = await Promise.all(
        attempts.map(({ at, key, meaning }) => instances[at]!.claim(key, meaning)),
      );
      for (const key of new Set(attempts.map((attempt) => attempt.key))) {
        const results = attempts.map((attempt, index) => ({ ...attempt, granted: granted[index] }));
        const ofKey = results.filter((result) => result.key === key);
        const owners = new Set(ofKey.filter((result) => result.granted).map(({ meaning }) => meaning));
        expect(owners.size).toBe(1);
        expect(ofKey.every((result) => result.granted === owners.has(result.meaning))).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('ready means that every earlier claim has been read; the record that verifies this is no claim', async () => {
  const log = newLog();
  await instance(log).claim('k', 'a');
  const later = instance(log);
  expect(await later.ready(5_000)).toBe(true);
  const before = await recordsIn(log);
  expect(await later.claim('k', 'b')).toBe(false);
  expect(await recordsIn(log)).toBe(before);
});

test('a claim that cannot be recorded is an error of the request', async () => {
  const refuse = {
    write: () => Promise.reject(new NotRecordedError('full')),
    close: () => Promise.resolve(),
  };
  const claims = instance(newLog(), { writer: refuse });
  await expect(claims.claim('k', 'a')).rejects.toThrow(NotRecordedError);
  expect(await claims.ready(5_000)).toBe(false);
});

/** A log whose topic can be written but not read. */
function unreadable(how: Pick<Log, 'bounds' | 'read'>): Log {
  const log = newLog();
  return Object.assign(Object.create(log) as Log, { createAppender: () => log.createAppender(), ...how });
}

const stuck: Log['read'] = (_topic, { signal }) => ({
  [Symbol.asyncIterator]: () => ({
    next: () =>
      new Promise((resolve) =>
        signal?.addEventListener('abort', () => resolve({ done: true, value: undefined })),
      ),
  }),
});

test('while reading is behind, a request proceeds unchecked after a timeout, and is counted', async () => {
  const bounds = () => Promise.resolve([{ partition: 0, start: 0, end: 0 }]);
  const registry = new Registry();
  const claims = instance(unreadable({ bounds, read: stuck }), { registry, patience: 5 });
  expect(await claims.claim('k', 'a')).toBe(true);
  expect(await claims.claim('k', 'b')).toBe(true);
  expect(await registry.metrics()).toContain('idempotency_unchecked_total 2');
});

test('while reading is down, requests do not wait', async () => {
  const bounds = () => Promise.reject(new Error('no broker'));
  const claims = instance(unreadable({ bounds, read: stuck }), { patience: 600_000 });
  expect(await claims.claim('k', 'a')).toBe(true);
});

test('only the newest keys are kept, and read at start', async () => {
  const log = newLog();
  const claims = instance(log, { capacity: 3 });
  for (const key of ['k1', 'k2', 'k3', 'k4']) await claims.claim(key, 'a');
  const later = instance(log, { capacity: 3 });
  expect(await later.claim('k2', 'b')).toBe(false);
  expect(await later.claim('k1', 'b')).toBe(true);
});

test('a table evicts the oldest keys first, and never changes the owner of a key', () => {
  const table = new ClaimTable(2);
  for (const [key, owner] of [
    ['k1', 'a'],
    ['k2', 'b'],
    ['k1', 'c'],
    ['k3', 'd'],
  ] as const)
    table.apply(key, owner);
  expect([table.ownerOf('k1'), table.ownerOf('k2'), table.ownerOf('k3')]).toEqual([undefined, 'b', 'd']);
  expect(table.size).toBe(2);
});
