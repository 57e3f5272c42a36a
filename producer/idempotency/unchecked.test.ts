import { Registry } from 'prom-client';
import { until } from '../../infra/event-log/conformance/harness';
import type { Appender, Log } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import { claim, instance, newLog, recordsIn, stopAll } from './testing';

afterEach(stopAll);

const unchecked = async (registry: Registry) =>
  (await registry.getSingleMetric('idempotency_unchecked_total')!.get()).values[0]!.value;
const yes = () => Promise.resolve(true);
const no = () => Promise.resolve(false);

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
  expect(await claim(claims, 'k', 'a')).toBe(true);
  expect(await claim(claims, 'k', 'b')).toBe(true);
  expect(await unchecked(registry)).toBe(2);
});

test('while reading is down, requests do not wait', async () => {
  const bounds = () => Promise.reject(new Error('no broker'));
  const claims = instance(unreadable({ bounds, read: stuck }), { patience: 600_000 });
  expect(await claim(claims, 'k', 'a')).toBe(true);
});

/** A log whose topic cannot be written to until it is mended. */
function leaderless() {
  const log = newLog();
  const state = { isMended: false };
  const createAppender = (): Appender => {
    const appender = log.createAppender();
    const attempt: Appender['attempt'] = (topic, batches, options) =>
      state.isMended
        ? appender.attempt(topic, batches, options)
        : batches.map(() => Promise.resolve({ kind: 'not-appended', error: new Error('no leader') }));
    return { ...appender, attempt };
  };
  return { log: Object.assign(Object.create(log) as Log, { createAppender }), state };
}

test('while the topic cannot be written, requests go on unchecked, and only the first waits; it is logged once', async () => {
  const { log, state } = leaderless();
  const registry = new Registry();
  const logger = createLogger('silent');
  const [warn, info] = [jest.spyOn(logger, 'warn'), jest.spyOn(logger, 'info')];
  const claims = instance(log, { registry, logger, patience: 200 });
  for (let n = 0; n < 50; n++) expect(await claim(claims, `k${n}`, 'a')).toBe(true);
  expect(await unchecked(registry)).toBe(50);
  expect(warn).toHaveBeenCalledTimes(1);
  state.isMended = true;
  await until(() => info.mock.calls.length > 0, 'keys to be checked again');
  expect(await claim(claims, 'k', 'a')).toBe(true);
  expect(await claim(claims, 'k', 'b', no)).toBe(false);
  expect(await unchecked(registry)).toBe(50);
});

test('a claim takes at most half of the time that its request has', async () => {
  const { log } = leaderless();
  const claims = instance(log);
  const deadline = performance.now() + 400;
  expect(await claims.claim({ key: 'k', meaning: 'a', wasRecorded: no }, deadline)).toBe(true);
  expect(deadline - performance.now()).toBeGreaterThan(0);
});

test('a request that went unchecked is not refused when it is sent again, although another one has claimed its key', async () => {
  const { log, state } = leaderless();
  const claims = instance(log, { patience: 50 });
  expect(await claim(claims, 'k', 'a')).toBe(true);
  state.isMended = true;
  await until(async () => (await recordsIn(log)) === 1, 'keys to be checked again');
  const other = instance(log);
  expect(await claim(other, 'k', 'b')).toBe(true);
  expect([await claim(other, 'k', 'a', yes), await claim(claims, 'k', 'a', yes)]).toEqual([true, true]);
  expect([await claim(other, 'k', 'c', no), await claim(claims, 'k', 'c', no)]).toEqual([false, false]);
});

describe('a key whose claim was forgotten', () => {
  const fill = async (log: Log, capacity: number) => {
    const claims = instance(log, { capacity });
    for (const key of ['k1', 'k2', 'k3', 'k4']) expect(await claim(claims, key, 'a')).toBe(true);
    return claims;
  };

  test.each(['in memory', 'at start'])(
    'can be claimed by another request, and is not refused to the first one (forgotten %s)',
    async (where) => {
      const log = newLog();
      const full = await fill(log, 3);
      const claims = where === 'in memory' ? full : instance(log, { capacity: 3 });
      expect(await claim(claims, 'k2', 'b', no)).toBe(false);
      expect(await claim(claims, 'k1', 'b')).toBe(true);
      expect(await claim(claims, 'k1', 'a', yes)).toBe(true);
      expect(await claim(claims, 'k1', 'c', no)).toBe(false);
    },
  );

  test('is not refused while it cannot be looked up whether the request is sent again', async () => {
    const log = newLog();
    const registry = new Registry();
    await fill(log, 3);
    const claims = instance(log, { capacity: 3, registry });
    expect(await claim(claims, 'k4', 'b')).toBe(true);
    expect(await unchecked(registry)).toBe(1);
  });

  test('needs no look-up as long as every claim is known', async () => {
    const log = newLog();
    await fill(log, 4);
    const wasRecorded = jest.fn(yes);
    expect(await claim(instance(log, { capacity: 4 }), 'k1', 'b', wasRecorded)).toBe(false);
    expect(wasRecorded).not.toHaveBeenCalled();
  });
});
