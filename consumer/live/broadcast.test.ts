import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { waitUntil } from '../../infra/local/wait';
import { Broadcast } from './broadcast';
import { frameOf, PART_BYTES, type Filter } from './frame';
import type { Subscriber } from './subscribers';
import { rejected } from './testing';

const frame = (offset: number, code = 'c') =>
  frameOf(
    { partition: 0, offset, timestamp: 0, key: null, value: null, headers: {} },
    rejected('b1', 'ann', code),
  );

class Recorder implements Subscriber {
  readonly received: number[] = [];
  readonly writes: string[] = [];
  largest = 0;

  /** @param work how long a write takes, in milliseconds */
  constructor(
    readonly filter: Filter = {},
    private readonly work = 0,
  ) {}

  deliver(bytes: Buffer, count: number): void {
    const text = bytes.toString();
    const ids = [...text.matchAll(/^id: 0:(.*)$/gm)].map(([, offset]) => Number(offset));
    expect(ids).toHaveLength(count);
    this.received.push(...ids);
    this.writes.push(text);
    this.largest = Math.max(this.largest, bytes.length);
    for (const end = performance.now() + this.work; performance.now() < end;);
  }
}

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

test('a single client gets what is published at once, in one write', () => {
  const [broadcast, recorder] = [new Broadcast(), new Recorder()];
  broadcast.add(recorder);
  broadcast.publish([frame(0), frame(1)]);
  broadcast.publish([]);
  expect([recorder.received, recorder.writes.length]).toEqual([[0, 1], 1]);
});

test('who is not to see users does not, beside one who is', () => {
  const [broadcast, plain, masked] = [new Broadcast(), new Recorder(), new Recorder({ masked: true })];
  for (const one of [plain, masked]) broadcast.add(one);
  broadcast.publish([frame(0)]);
  expect(plain.writes).toEqual([expect.stringContaining('"userId":"ann"')]);
  expect(masked.writes).toEqual([expect.stringContaining('"userId":null')]);
});

test('while a round goes on others have turns, and what is published meanwhile is one write for each', async () => {
  const broadcast = new Broadcast();
  const recorders = range(0, 20).map(() => new Recorder({}, 1));
  for (const one of recorders) broadcast.add(one);
  broadcast.publish([frame(0)]);
  expect(recorders.at(-1)!.received).toEqual([]);
  for (let offset = 1; offset < 5; offset += 1) {
    broadcast.publish([frame(offset)]);
    await nextTurn();
  }
  await waitUntil(() => recorders.every(({ received }) => received.length === 5), {
    ...{ what: 'not all have received everything', timeout: 30_000 },
  });
  for (const { received } of recorders) expect(received).toEqual(range(0, 5));
  const writes = recorders.reduce((sum, one) => sum + one.writes.length, 0);
  expect(writes).toBeLessThan(20 * 4);
});

test('there is no room while more waits than fits into the buffer of a connection', async () => {
  const broadcast = new Broadcast();
  const recorders = range(0, 20).map(() => new Recorder({}, 1));
  for (const one of recorders) broadcast.add(one);
  const code = 'x'.repeat(20_000);
  for (let offset = 0; offset < 20; offset += 1) {
    await broadcast.hasRoom();
    broadcast.publish([frame(offset, code)]);
  }
  await waitUntil(() => recorders.every(({ received }) => received.length === 20), {
    ...{ what: 'not all have received everything', timeout: 30_000 },
  });
  for (const { largest } of recorders) expect(largest).toBeLessThan(2 * PART_BYTES);
});

test('whoever comes and goes whenever, each gets in order and once what is published while it is there', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ do: fc.constantFrom('add' as const, 'remove' as const, 'turn' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const broadcast = new Broadcast();
      const present: { recorder: Recorder; from: number }[] = [];
      let end = 0;
      for (const one of steps) {
        if (one.do === 'add') {
          present.push({ recorder: new Recorder({}, 2), from: end });
          broadcast.add(present.at(-1)!.recorder);
        } else if (one.do === 'remove') {
          const left = present.shift();
          if (!left) continue;
          broadcast.remove(left.recorder);
          const { received } = left.recorder;
          const isPrefix = range(left.from, left.from + received.length);
          expect(received).toEqual(isPrefix);
          broadcast.publish([frame(end++)]);
          await nextTurn();
          expect(received).toEqual(isPrefix);
        } else if (one.do === 'publish') {
          broadcast.publish(range(end, (end += one.count)).map((offset) => frame(offset)));
        } else await nextTurn();
      }
      const isDone = () => present.every(({ recorder, from }) => recorder.received.length >= end - from);
      await waitUntil(isDone, { what: 'not all have received everything', timeout: 30_000, every: 5 });
      for (const { recorder, from } of present) expect(recorder.received).toEqual(range(from, end));
    }),
    { numRuns: 50 },
  );
}, 60_000);
