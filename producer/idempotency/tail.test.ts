import { silent } from '../../infra/http/testing';
import type { Log, LogBatch, ReadOptions } from '../../infra/event-log/log';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { Tail } from './tail';

const TOPIC = 'claims';
const record = (value: string) => ({ key: 'k', value: Buffer.from(value), headers: {} });

async function append(log: Log, ...values: string[]) {
  const positions = await log.createAppender().append(TOPIC, values.map(record));
  return positions.at(-1)!;
}

function newLog(): MemoryLog {
  const log = new MemoryLog();
  log.createTopic(TOPIC, 1);
  return log;
}

function follow(log: Log, history = 100, pause = 1) {
  const seen: string[] = [];
  const apply = ({ value }: { value: Buffer | null }) => void seen.push(String(value));
  return { seen, tail: new Tail({ log, topic: TOPIC, logger: silent, history, pause, apply }) };
}

test('resolves when a record has been applied', async () => {
  const log = newLog();
  const { seen, tail } = follow(log);
  const position = await append(log, 'a', 'b');
  expect(await tail.reach(position, 5_000)).toBe(true);
  expect(seen).toEqual(['a', 'b']);
  await tail.close();
});

test('begins with the newest records', async () => {
  const log = newLog();
  const position = await append(log, 'a', 'b', 'c');
  const { seen, tail } = follow(log, 2);
  expect(await tail.reach(position, 5_000)).toBe(true);
  expect(seen).toEqual(['b', 'c']);
  await tail.close();
});

test('resumes at its position after a failure: nothing twice, nothing missed', async () => {
  const log = newLog();
  let reads = 0;
  const starts: (number | undefined)[] = [];
  const original = log.read.bind(log);
  log.read = async function* (topic: string, options: ReadOptions): AsyncGenerator<LogBatch> {
    reads += 1;
    starts.push(options.ranges[0]?.start);
    for await (const batch of original(topic, options)) {
      yield batch;
      if (reads === 1) throw new Error('connection lost');
    }
  };
  await append(log, 'a', 'b');
  const { seen, tail } = follow(log);
  while (starts.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const position = await append(log, 'c');
  expect(await tail.reach(position, 5_000)).toBe(true);
  expect(seen).toEqual(['a', 'b', 'c']);
  expect(starts).toEqual([0, 2]);
  await tail.close();
});

test('does not wait while the reader is known to be down', async () => {
  const log = newLog();
  log.bounds = () => Promise.reject(new Error('no broker'));
  const { tail } = follow(log, 100, 600_000);
  expect(await tail.reach({ partition: 0, offset: 0 }, 600_000)).toBe(false);
  expect(await tail.reach({ partition: 0, offset: 0 }, 600_000)).toBe(false);
  await tail.close();
});

test('closing ends the waits', async () => {
  const { tail } = follow(newLog());
  const waiting = tail.reach({ partition: 0, offset: 7 }, 600_000);
  await tail.close();
  expect(await waiting).toBe(false);
  expect(await tail.reach({ partition: 0, offset: 7 }, 600_000)).toBe(false);
});
