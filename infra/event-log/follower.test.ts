import { silent } from '../http/testing';
import { Follower, type FollowerOptions } from './follower';
import type { Log, LogBatch, ReadOptions } from './log';
import { MemoryLog } from './memory-log';

const TOPIC = 'followed';

async function logWith(...values: string[]): Promise<MemoryLog> {
  const log = new MemoryLog();
  log.createTopic(TOPIC, 1);
  await append(log, ...values);
  return log;
}

const append = (log: MemoryLog, ...values: string[]) =>
  log.createAppender().append(
    TOPIC,
    values.map((value) => ({ key: 'k', value: Buffer.from(value), headers: {} })),
  );

const valuesOf = ({ records }: LogBatch) => records.map(({ value }) => String(value));

function follow(log: Log, options: Partial<FollowerOptions> = {}, start?: ReadonlyMap<number, number>) {
  const seen: string[] = [];
  const handle = (batch: LogBatch) => void seen.push(...valuesOf(batch));
  const base = { log, topic: TOPIC, logger: silent, history: 100, pause: 1, handle };
  return { seen, follower: new Follower({ ...base, ...options }, start) };
}

test('resolves when the record at a position has been handled', async () => {
  const log = await logWith();
  const { seen, follower } = follow(log);
  await append(log, 'a', 'b');
  expect(await follower.reaches({ partition: 0, offset: 1 }, 5_000)).toBe(true);
  expect(seen).toEqual(['a', 'b']);
  await follower.close();
});

test('begins with the newest records', async () => {
  const { seen, follower } = follow(await logWith('a', 'b', 'c'), { history: 2 });
  expect(await follower.reaches({ partition: 0, offset: 2 }, 5_000)).toBe(true);
  expect(seen).toEqual(['b', 'c']);
  await follower.close();
});

test('begins at a given start, however much history there is', async () => {
  const { seen, follower } = follow(await logWith('a', 'b', 'c'), { history: 0 }, new Map([[0, 1]]));
  expect(await follower.reaches({ partition: 0, offset: 2 }, 5_000)).toBe(true);
  expect(seen).toEqual(['b', 'c']);
  await follower.close();
});

test('goes on where it stopped after a failure: nothing twice, nothing missed', async () => {
  const log = await logWith('a', 'b');
  const starts: (number | undefined)[] = [];
  const original = log.read.bind(log);
  log.read = async function* (topic: string, options: ReadOptions): AsyncGenerator<LogBatch> {
    starts.push(options.ranges[0]?.start);
    for await (const batch of original(topic, options)) {
      yield batch;
      if (starts.length === 1) throw new Error('connection lost');
    }
  };
  const { seen, follower } = follow(log);
  while (starts.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await append(log, 'c');
  expect(await follower.reaches({ partition: 0, offset: 2 }, 5_000)).toBe(true);
  expect(seen).toEqual(['a', 'b', 'c']);
  expect(starts).toEqual([0, 2]);
  await follower.close();
});

test('a batch that could not be handled is delivered again, and counts as read only then', async () => {
  const log = await logWith('a', 'b');
  const batches: string[][] = [];
  let retry = () => {};
  const retried = new Promise<void>((resolve) => (retry = resolve));
  const { follower } = follow(log, {
    handle: async (batch) => {
      batches.push(valuesOf(batch));
      if (batches.length === 1) throw new Error('the registry is away');
      await retried;
    },
  });
  const position = { partition: 0, offset: 1 };
  expect(await follower.reaches(position, 5_000)).toBe(false);
  while (batches.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const reached = follower.reaches(position, 5_000);
  retry();
  expect(await reached).toBe(true);
  expect(batches).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  await follower.close();
});

test('while reading is down, waits end at once, and positions that were reached stay so', async () => {
  const log = await logWith('a');
  let down = () => {};
  const read = log.read.bind(log);
  log.read = async function* (topic: string, options: ReadOptions): AsyncGenerator<LogBatch> {
    yield* read(topic, { ...options, ranges: [{ partition: 0, start: 0, end: 1 }] });
    await new Promise<never>((_, reject) => (down = () => reject(new Error('no broker'))));
  };
  const { follower } = follow(log, { pause: 600_000 });
  expect(await follower.reaches({ partition: 0, offset: 0 }, 5_000)).toBe(true);
  const waiting = follower.reaches({ partition: 0, offset: 1 }, 600_000);
  await new Promise((resolve) => setImmediate(resolve));
  down();
  expect(await waiting).toBe(false);
  expect(await follower.reaches({ partition: 0, offset: 1 }, 600_000)).toBe(false);
  expect(await follower.reaches({ partition: 0, offset: 0 }, 600_000)).toBe(true);
  await follower.close();
});

test('closing ends waits, and later ones do not begin', async () => {
  const { follower } = follow(await logWith());
  const waiting = follower.reaches({ partition: 0, offset: 7 }, 600_000);
  await follower.close();
  expect(await waiting).toBe(false);
  expect(await follower.reaches({ partition: 0, offset: 7 }, 600_000)).toBe(false);
});
