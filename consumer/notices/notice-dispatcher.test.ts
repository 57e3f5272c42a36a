import { Registry } from 'prom-client';
import { createLogger } from '../../infra/logger';
import { waitUntil } from '../../infra/local/wait';
import { PermanentError, TryLaterError } from './channels/channel';
import { NoticeDispatcher, type NoticeDispatcherOptions } from './notice-dispatcher';
import { NoticeMetrics } from './metrics';
import type { ClaimedNotice, ClaimLimits, DeliveryResult } from './queue';
import { claimed } from './testing';

const until = (condition: () => boolean) =>
  waitUntil(condition, { what: 'it did not happen', timeout: 10_000, every: 5 });

/** A dispatcher with notices to deliver, the results that it stores and the claims that it makes. */
function dispatcherWith(
  notices: readonly ClaimedNotice[],
  deliver: NoticeDispatcherOptions['channel']['deliver'],
  options: Partial<NoticeDispatcherOptions> = {},
) {
  const results: DeliveryResult[] = [];
  const claims: ClaimLimits[] = [];
  const left = [...notices];
  const dispatcher = new NoticeDispatcher({
    queue: {
      claim: (limits) => {
        claims.push(limits);
        return Promise.resolve(left.splice(0, limits.all));
      },
      settle: (more) => {
        results.push(...more);
        return Promise.resolve();
      },
    },
    channel: { deliver, close: () => Promise.resolve() },
    concurrency: 4,
    timeout: 10_000,
    quietHours: { isQuiet: () => false },
    attempts: 3,
    backOff: { first: 1_000, longest: 1_000 },
    logger: createLogger('silent'),
    metrics: new NoticeMetrics(new Registry()),
    ...options,
  });
  return { dispatcher, results, claims };
}

const one = async (
  notice: ClaimedNotice,
  deliver: NoticeDispatcherOptions['channel']['deliver'],
  timeout = 10_000,
) => {
  const { dispatcher, results } = dispatcherWith([notice], deliver, { timeout });
  dispatcher.start();
  await until(() => results.length > 0);
  await dispatcher.close();
  return results;
};

describe('the result of an attempt', () => {
  test('delivered', async () => {
    expect(await one(claimed('ann'), () => Promise.resolve())).toMatchObject([{ status: 'delivered' }]);
  });

  test('a failure: a retry after a pause, with the error', async () => {
    const results = await one(claimed('ann'), () =>
      Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED\0') })),
    );
    expect(results).toMatchObject([{ status: 'pending', error: 'fetch failed: ECONNREFUSED' }]);
    const { pause } = results[0] as Extract<DeliveryResult, { status: 'pending' }>;
    expect(pause).toBeGreaterThanOrEqual(500);
    expect(pause).toBeLessThanOrEqual(1_000);
  });

  test('the receiver asks for a pause: no retry before', async () => {
    const results = await one(claimed('ann'), () => Promise.reject(new TryLaterError('busy', 60_000)));
    expect(results).toMatchObject([{ status: 'pending', pause: 60_000 }]);
  });

  test('the last attempt failed: given up', async () => {
    const results = await one(claimed('ann', 3), () => Promise.reject(new Error('no')));
    expect(results).toMatchObject([{ status: 'failed', error: 'no' }]);
  });

  test('rejected for good: given up at once', async () => {
    const results = await one(claimed('ann'), () => Promise.reject(new PermanentError('gone')));
    expect(results).toMatchObject([{ status: 'failed', error: 'gone' }]);
  });

  test('no answer: the attempt times out, even if the channel ignores the signal', async () => {
    const results = await one(claimed('ann'), () => new Promise(() => undefined), 20);
    expect(results).toMatchObject([{ status: 'pending', error: 'no answer within 20 ms' }]);
  });
});

describe('concurrency', () => {
  test('never exceeds its limit, and the other notices follow', async () => {
    let now = 0;
    let most = 0;
    const notices = Array.from({ length: 20 }, () => claimed('ann'));
    const { dispatcher, results } = dispatcherWith(notices, async () => {
      most = Math.max(most, (now += 1));
      await new Promise(setImmediate);
      now -= 1;
    });
    dispatcher.start();
    await until(() => results.length === 20);
    await dispatcher.close();
    expect(most).toBe(4);
  });

  test('retries take at most half of it', async () => {
    const { dispatcher, claims } = dispatcherWith(
      [claimed('ann', 2), claimed('bob', 2), claimed('cy')],
      (_, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('late')))),
      { timeout: 200 },
    );
    dispatcher.start();
    await until(() => claims.length >= 2);
    expect(claims.slice(0, 2)).toMatchObject([
      { all: 4, again: 2 },
      { all: 1, again: 0 },
    ]);
    await dispatcher.close();
  });
});

test('attempts go on while results are being stored, up to a limit', async () => {
  const left = Array.from({ length: 10 }, () => claimed('ann'));
  let delivered = 0;
  let goOn: (() => void) | undefined;
  const written = new Promise<void>((resolve) => (goOn = resolve));
  const { dispatcher } = dispatcherWith([], () => Promise.resolve(void (delivered += 1)), {
    concurrency: 1,
    queue: {
      claim: ({ all }) => Promise.resolve(left.splice(0, all)),
      settle: () => written,
    },
  });
  dispatcher.start();
  await until(() => delivered === 4);
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  expect(delivered).toBe(4);
  goOn!();
  await until(() => delivered === 10);
  await dispatcher.close();
});

test('closing claims nothing more and completes attempts under way', async () => {
  let arrive: (() => void) | undefined;
  const { dispatcher, results } = dispatcherWith(
    [claimed('ann'), claimed('bob')],
    () => new Promise((resolve) => (arrive = resolve)),
    { concurrency: 1 },
  );
  dispatcher.start();
  await until(() => arrive !== undefined);
  const closed = dispatcher.close();
  arrive!();
  await closed;
  expect(results).toMatchObject([{ notice: { userId: 'ann' }, status: 'delivered' }]);
});

test('a delivery is recorded though the database is away for a while, and so is not made again', async () => {
  let failures = 2;
  const results: DeliveryResult[] = [];
  const notices = [claimed('ann')];
  const { dispatcher } = dispatcherWith([], () => Promise.resolve(), {
    queue: {
      claim: () => Promise.resolve(notices.splice(0)),
      settle: (more) => {
        if ((failures -= 1) >= 0) return Promise.reject(new Error('Connection terminated'));
        results.push(...more);
        return Promise.resolve();
      },
    },
  });
  dispatcher.start();
  await until(() => results.length > 0);
  await dispatcher.close();
  expect(results).toMatchObject([{ status: 'delivered' }]);
});

test('while it is quiet nothing is claimed; afterwards all is sent', async () => {
  let asked = 0;
  let quiet = true;
  const { dispatcher, results, claims } = dispatcherWith([claimed('ann')], () => Promise.resolve(), {
    quietHours: { isQuiet: () => ++asked > 0 && quiet },
  });
  dispatcher.start();
  await until(() => asked > 1);
  expect(claims).toEqual([]);
  quiet = false;
  await until(() => results.length > 0);
  await dispatcher.close();
  expect(results).toMatchObject([{ status: 'delivered' }]);
});

test('a user who opted out is sent nothing, and others are', async () => {
  const sent: string[] = [];
  const { dispatcher, results } = dispatcherWith(
    [claimed('ann'), claimed('bob')],
    ({ userId }) => {
      sent.push(userId);
      return Promise.resolve();
    },
    { optedOut: new Set(['ann']) },
  );
  dispatcher.start();
  await until(() => results.length === 2);
  await dispatcher.close();
  expect(sent).toEqual(['bob']);
  expect(results).toContainEqual(
    expect.objectContaining({
      status: 'withheld',
      notice: expect.objectContaining({ userId: 'ann' }) as object,
    }),
  );
});
