import { setImmediate } from 'node:timers/promises';
import type { LogBatch } from '../../infra/event-log/log';
import { MemoryLog } from '../../infra/event-log/memory-log';
import { ViewBuilder } from './view-builder';

const TOPIC = 'events';

/** A topic of one partition whose records are batches of their own, and a builder that only counts them. */
async function scene(records: number) {
  const log = new MemoryLog();
  log.createTopic(TOPIC, 1);
  const appender = log.createAppender();
  const append = () => appender.append(TOPIC, [{ key: 'book', value: Buffer.from('x'), headers: {} }]);
  for (let n = 0; n < records; n += 1) await append();
  const noted: number[] = [];
  const projected: number[] = [];
  const interrupt = new AbortController();
  const one = async function* (): AsyncGenerator<LogBatch> {
    for await (const batch of log.read(TOPIC, {
      ranges: [{ partition: 0, start: 0, end: records }],
      signal: interrupt.signal,
    }))
      for (const record of batch.records)
        yield { ...batch, fromOffset: record.offset, nextOffset: record.offset + 1, records: [record] };
  };
  const builder = new ViewBuilder({
    log: { read: one },
    topic: TOPIC,
    projector: {
      apply: (batch, state) => {
        projected.push(batch.fromOffset);
        return Promise.resolve({ ...state, offset: batch.nextOffset });
      },
    },
    checkpoints: { stateOf: () => Promise.resolve({ offset: 0, epoch: 0, blocked: new Set<string>() }) },
    signal: interrupt.signal,
    beforeBatch: (batch) => Promise.resolve(void noted.push(batch.fromOffset)),
  });
  const run = () => builder.run([{ partition: 0, start: 0, end: records }]);
  return { builder, run, noted, projected, interrupt };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}

test('only what the condition allows is projected, until it allows more', async () => {
  const { builder, run, noted, projected } = await scene(6);
  let limit = 2;
  builder.restrict(({ nextOffset }) => nextOffset <= limit);
  const done = run();
  await settle();
  expect(projected).toEqual([0, 1]);
  limit = 4;
  builder.recheck();
  await settle();
  expect(projected).toEqual([0, 1, 2, 3]);
  builder.restrict(() => true);
  await done;
  expect(noted).toEqual([0, 1, 2, 3, 4, 5]);
  expect(projected).toEqual(noted);
  expect(builder.offsetOf(0)).toBe(6);
});

test('paused, it begins nothing; stopped then, it ends without the rest', async () => {
  const { builder, run, projected } = await scene(3);
  await builder.pause();
  const done = run();
  await settle();
  builder.stop();
  await done;
  expect(projected).toEqual([]);
});

test('interrupted while it waits, it ends with the reason', async () => {
  const { builder, run, interrupt } = await scene(3);
  builder.restrict(() => false);
  const done = run();
  await settle();
  interrupt.abort(new Error('interrupted'));
  await expect(done).rejects.toThrow('interrupted');
});
