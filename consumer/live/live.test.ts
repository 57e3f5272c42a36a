import type { LogBatch, PartitionBounds, ReadOptions } from '../../infra/event-log/log';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { formatPosition } from '../../infra/event-log/log';
import { waitUntil } from '../../infra/local/wait';
import { append, many, newLog, outcomes, rejected, start, TOPIC } from './testing';

test('the stream opens at once, with headers against buffering', async () => {
  const { open } = await start(newLog());
  const reader = await open();
  expect(reader.response.headers).toMatchObject({
    ...{ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    'x-accel-buffering': 'no',
  });
});

/** A log with a partition that has no leader for a while. */
class LeaderlessLog extends MemoryLog {
  hasLeaders = false;

  override bounds(topic: string): Promise<PartitionBounds[]> {
    return this.hasLeaders ? super.bounds(topic) : Promise.reject(new Error('partition 3 has no leader'));
  }
}

test('a start does not wait for partitions without a leader: 503 until live events can begin', async () => {
  const log = new LeaderlessLog();
  log.createTopic(TOPIC, 12);
  const { server, open } = await start(log);
  const answer = async () => {
    const response = await fetch(`${server.url}/v1/events`);
    const body = response.ok ? response.body?.cancel() : response.json();
    return [response.status, response.headers.get('retry-after'), await body];
  };
  expect(await answer()).toEqual([503, '2', expect.objectContaining({ code: 'unavailable' })]);
  log.hasLeaders = true;
  await waitUntil(async () => (await answer())[0] === 200, { what: 'they do not begin', timeout: 10_000 });
  const reader = await open();
  await append(log, ...outcomes('b1', 'x'));
  expect(await reader.codes(1)).toEqual(['x']);
});

test('a client receives the outcomes from then on that match its filter', async () => {
  const log = newLog();
  await append(log, ...outcomes('b1', 'past'));
  const { open } = await start(log);
  const [all, book, user] = [await open(), await open('?bookId=b1'), await open('?userId=bob')];
  await append(log, ...outcomes('b1', 'x'), rejected('b2', 'bob', 'y'), ...outcomes('b2', 'z'));
  expect((await all.codes(3)).sort()).toEqual(['x', 'y', 'z']);
  expect(await book.codes(1)).toEqual(['x']);
  expect(await user.codes(1)).toEqual(['y']);
});

test('the stream of a book resumes exactly where it was, on a server that was restarted', async () => {
  const log = newLog();
  const first = await start(log);
  const before = await first.open('?bookId=b1');
  await append(log, ...outcomes('b1', 'a', 'b', 'c'));
  await before.codes(3);
  await first.close();
  await before.untilClosed();
  await append(log, ...outcomes('b1', 'd', 'e'));
  const second = await start(log);
  const after = await second.open('?bookId=b1', before.events[1]!.id);
  await append(log, ...outcomes('b1', 'f'));
  expect(await after.codes(4)).toEqual(['c', 'd', 'e', 'f']);
});

test.each([
  ['from memory', { history: 1_000 }, 'memory'],
  ['from the topic, when memory does not reach back far enough', { history: 2, memory: 500 }, 'topic'],
])('a stream across partitions resumes without loss: %s', async (_, settings, from) => {
  const log = newLog();
  const [position] = await append(log, ...outcomes('seen', 'seen'));
  await append(log, ...many(200, 'a'));
  const { open, registry } = await start(log, settings);
  const reader = await open('', formatPosition(position!));
  await append(log, ...many(20, 'b'));
  const codes = await reader.codes(220);
  expect(new Set(codes).size).toBe(220);
  const resumed = async () => (await registry.getSingleMetric('library_live_resumed_total')!.get()).values;
  await waitUntil(async () => (await resumed()).length > 0, { what: 'it does not go live', timeout: 10_000 });
  expect(await resumed()).toEqual([expect.objectContaining({ labels: { from }, value: 1 })]);
});

test('more than a connection buffers is sent at its pace, in order, and then live', async () => {
  const log = newLog();
  const long = 'x'.repeat(10_000);
  const codes = Array.from({ length: 300 }, (_, i) => `${i}-${long}`);
  const [position] = await append(log, ...outcomes('b1', 'seen', ...codes));
  const { open } = await start(log);
  const reader = await open('?bookId=b1', formatPosition(position!));
  await append(log, ...outcomes('b1', 'live'));
  expect(await reader.codes(301)).toEqual([...codes, 'live']);
});

test('other partitions are read from a margin before the position: some outcomes are repeated', async () => {
  const log = newLog(2);
  const positions = await append(log, ...many(10, 'a'));
  const { open } = await start(log, { margin: 60_000 });
  const reader = await open('', formatPosition(positions.at(-1)!));
  await append(log, ...outcomes('b1', 'end'));
  await reader.until(() => reader.events.some(({ data }) => data?.['code'] === 'end'));
  const again = reader.events.filter(({ data }) => data?.['code'] !== 'end');
  const partition = positions.at(-1)!.partition;
  const elsewhere = positions.filter((position) => position!.partition !== partition);
  expect(again.map(({ id }) => id)).toEqual(elsewhere.map((position) => formatPosition(position!)));
});

test('a position beyond the end begins the stream now', async () => {
  const log = newLog(1);
  await append(log, ...outcomes('b1', 'past'));
  const { open } = await start(log);
  const reader = await open('', '0:1000000');
  await append(log, ...outcomes('b1', 'now'));
  expect(await reader.codes(1)).toEqual(['now']);
});

test('a client that has received more than this instance has read gets nothing twice', async () => {
  const log = newLog(1);
  const read = log.read.bind(log);
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  log.read = async function* (topic: string, options: ReadOptions): AsyncGenerator<LogBatch> {
    const isFollowing = options.ranges.some(({ end }) => end === Infinity);
    if (isFollowing) await held;
    yield* read(topic, options);
  };
  const { open } = await start(log);
  const [position] = await append(log, ...outcomes('b1', 'seen elsewhere'));
  const readers = await Promise.all(
    ['', '?bookId=b1'].map((query) => open(query, formatPosition(position!))),
  );
  letGo();
  await append(log, ...outcomes('b1', 'new'));
  for (const reader of readers) expect(await reader.codes(1)).toEqual(['new']);
});

test('outcomes that were appended after the request, but read later, are delivered', async () => {
  const log = newLog(1);
  const { open } = await start(log);
  const reader = await open('', '0:99');
  const positions = await append(log, ...outcomes('b1', 'a', 'b'));
  expect(await reader.codes(2)).toEqual(['a', 'b']);
  expect(reader.events.map(({ id }) => id)).toEqual(positions.map((position) => formatPosition(position!)));
});

test.each(['nonsense', '1', '-1:2', '12:0', '0:1:2', '0:99999999999999999999'])(
  'an invalid Last-Event-ID is refused: %s',
  async (id) => {
    const { server } = await start(newLog());
    const answer = await server.send('GET', '/v1/events', { headers: { 'last-event-id': id } });
    expect([answer.status, answer.json]).toEqual([
      400,
      expect.objectContaining({
        code: 'invalid-request',
        errors: [{ path: 'Last-Event-ID', message: expect.stringContaining('must be the id') as string }],
      }),
    ]);
  },
);

test.each(['bookId=..', 'userId=', 'bookId=a&bookId=b'])(
  'an invalid filter is refused: %s',
  async (query) => {
    const { server } = await start(newLog());
    expect((await server.send('GET', `/v1/events?${query}`)).status).toBe(400);
  },
);

test('an idle stream has heartbeats', async () => {
  const { open } = await start(newLog(), { heartbeat: 5 });
  const reader = await open();
  await reader.until(() => reader.comments.filter((comment) => comment === ': heartbeat').length >= 3);
});

test('streams end at once when the server closes', async () => {
  const { open, close } = await start(newLog());
  const reader = await open();
  await close();
  await reader.untilClosed();
  expect(reader.response.complete).toBe(true);
});

test('connected clients are counted', async () => {
  const { open, registry } = await start(newLog());
  const clients = async () =>
    (await registry.getSingleMetric('library_live_clients')!.get()).values[0]!.value;
  const reader = await open();
  expect(await clients()).toBe(1);
  reader.close();
  while ((await clients()) > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('while the topic cannot be read streams stay open, and catch up afterwards', async () => {
  const log = newLog();
  const read = log.read.bind(log);
  let isAway = false;
  log.read = async function* (topic: string, options: ReadOptions): AsyncGenerator<LogBatch> {
    if (isAway) throw new Error('no broker');
    for await (const batch of read(topic, options)) {
      if (isAway) throw new Error('connection lost');
      yield batch;
    }
  };
  const { open } = await start(log);
  const reader = await open();
  await append(log, ...outcomes('b1', 'a'));
  await reader.codes(1);
  isAway = true;
  await append(log, ...outcomes('b1', 'b'), ...outcomes('b2', 'c'));
  const resuming = await open('?bookId=b1', reader.events[0]!.id);
  isAway = false;
  expect((await reader.codes(3)).sort()).toEqual(['a', 'b', 'c']);
  expect(await resuming.codes(1)).toEqual(['b']);
});

test('a record that cannot be decoded is skipped and counted', async () => {
  const log = newLog(1);
  const { open, registry } = await start(log);
  const reader = await open();
  await log.createAppender().append(TOPIC, [{ key: 'b1', value: Buffer.from('nonsense'), headers: {} }]);
  await append(log, ...outcomes('b1', 'a'));
  expect(await reader.codes(1)).toEqual(['a']);
  expect((await registry.getSingleMetric('library_live_unreadable_total')!.get()).values[0]!.value).toBe(1);
});
