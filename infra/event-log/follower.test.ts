import { silent } from '../http/testing';
import { Follower } from './follower';
import type { LogBatch } from './log';
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

test('begins where it is told to, however much history there is', async () => {
  const log = await logWith('a', 'b', 'c');
  const options = { log, topic: TOPIC, logger: silent, history: 0, pause: 1 };
  const seen = await new Promise<string[]>((resolve) => {
    const handle = (batch: LogBatch) => resolve(valuesOf(batch));
    const follower = new Follower(
      { ...options, handle, onHandled: () => void follower.close() },
      new Map([[0, 1]]),
    );
  });
  expect(seen).toEqual(['b', 'c']);
});

test('a batch that could not be handled is delivered again, and counts as read only then', async () => {
  const log = await logWith('a', 'b');
  const seen: string[][] = [];
  const places: number[] = [];
  const follower = new Follower({
    ...{ log, topic: TOPIC, logger: silent, history: 10, pause: 1 },
    handle: async (batch) => {
      seen.push(valuesOf(batch));
      if (seen.length === 1) throw new Error('the registry is away');
    },
    onStopped: () => places.push(follower.nextOf(0)),
  });
  while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await follower.close();
  expect(seen).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
  expect(places).toEqual([0, 2]);
});
