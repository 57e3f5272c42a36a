import {
  formatPosition,
  type LogBatch,
  type PartitionBounds,
  type ReadOptions,
} from '../../infra/event-log/log';
import type { MemoryLog } from '../../infra/event-log/memory-log';
import { append, many, newLog, outcomes, start } from './testing';

/** Nothing of the topic is in memory. */
const FORGETFUL = { history: 0, memory: 0 };

/** Sees what is read of past outcomes. @param before each batch is delivered; it may hold or fail the read */
function watchReads(log: MemoryLog, before: (batch: LogBatch) => Promise<void> | void = () => undefined) {
  const ranges: PartitionBounds[] = [];
  const read = log.read.bind(log);
  log.read = async function* (topic: string, options: ReadOptions): AsyncGenerator<LogBatch> {
    const isPast = options.ranges.every(({ end }) => end < Infinity);
    if (isPast) ranges.push(...options.ranges);
    for await (const batch of read(topic, options)) {
      if (isPast) await before(batch);
      yield batch;
    }
  };
  return ranges;
}

test('the topic is read once for all clients that wait', async () => {
  const log = newLog(4);
  const [position] = await append(log, ...outcomes('seen', 'seen'));
  await append(log, ...many(400, 'a'));
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const ranges = watchReads(log, () => held);
  const { open } = await start(log, FORGETFUL);
  const readers = await Promise.all(Array.from({ length: 100 }, () => open('', formatPosition(position!))));
  letGo();
  for (const reader of readers) expect(new Set(await reader.codes(400)).size).toBe(400);
  // Those who came first are read for apart: at most four passes of four partitions are under way when the others join.
  expect(ranges.length).toBeLessThan(40);
});

test('after a failure reading goes on where it stopped, also when nothing was for the client', async () => {
  const log = newLog(1);
  const [position] = await append(log, ...outcomes('seen', 'seen'));
  await append(log, ...many(1_500, 'a'));
  let batches = 0;
  const ranges = watchReads(log, () => {
    if ((batches += 1) === 2) throw new Error('connection lost');
  });
  const { open } = await start(log, FORGETFUL);
  const reader = await open('?bookId=seen', formatPosition(position!));
  await append(log, ...outcomes('seen', 'live'));
  expect(await reader.codes(1)).toEqual(['live']);
  const [first, second] = ranges;
  expect(first?.start).toBe(1);
  expect(second?.start).toBeGreaterThan(1);
});

test('who reads slowly holds nobody up, and gets everything in the end', async () => {
  const log = newLog(1);
  const long = 'x'.repeat(20_000);
  const codes = Array.from({ length: 1_000 }, (_, i) => `${i}-${long}`);
  const [position] = await append(log, ...outcomes('b1', 'seen', ...codes));
  const { open } = await start(log, FORGETFUL);
  const slow = await open('', formatPosition(position!));
  slow.response.pause();
  const quick = await open('', formatPosition(position!));
  expect(await quick.codes(1_000)).toEqual(codes);
  expect(slow.events.length).toBeLessThan(1_000);
  slow.response.resume();
  expect(await slow.codes(1_000)).toEqual(codes);
});

test('clients with filters of all kinds share a pass, and each gets what is for it, once', async () => {
  const log = newLog(4);
  const seen = await append(log, ...many(40, 'seen'));
  await append(log, ...many(200, 'a'));
  const { open } = await start(log, FORGETFUL);
  const [all, book, user, nobody] = await Promise.all([
    open('', formatPosition(seen.at(-1)!)),
    open('?bookId=book-7', formatPosition(seen[7]!)),
    open('?userId=ann', formatPosition(seen.at(-1)!)),
    open('?userId=nobody', formatPosition(seen.at(-1)!)),
  ]);
  await append(log, ...outcomes('book-7', 'live'));
  expect(await book.codes(2)).toEqual(['a-7', 'live']);
  for (const reader of [all, user]) {
    await reader.until(() => reader.events.some(({ data }) => data?.['code'] === 'live'));
    const ids = reader.events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const codes = new Set(reader.events.map(({ data }) => data?.['code']));
    for (let i = 0; i < 200; i += 1) expect(codes).toContain(`a-${i}`);
  }
  expect(nobody.events).toEqual([]);
});
