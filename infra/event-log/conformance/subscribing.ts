/// <reference types="jest" />
import { FencedError, StreamMismatchError } from '../log';
import { append, Keeper, records, until, type LogHarness } from './harness';

/** One member of a group, and its stored position. */
export function subscribing(harness: () => LogHarness): void {
  test('begins at the stored position', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(5));
    const keeper = new Keeper(new Map([[0, 3]]));
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    await keeper.has(2);
    await subscription.close();
    expect(keeper.values).toEqual(['r3', 'r4']);
    expect(keeper.batches[0]).toMatchObject({ fromOffset: 3, nextOffset: 5, endOffset: 5 });
  });

  test('begins from the start after the stored positions were deleted, though the group had read everything', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(2);
    await append(log, topic, records(20));
    for (let time = 0; time < 2; time++) {
      const keeper = new Keeper();
      const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
      await keeper.has(20);
      await subscription.close();
      expect(keeper.values).toHaveLength(20);
    }
  });

  test('delivers batches without gap or overlap while others append', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(3);
    const keeper = new Keeper();
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    const appender = log.createAppender();
    for (let round = 0; round < 20; round++) await appender.append(topic, records(50, `${round}-`));
    await appender.close();
    await keeper.has(1_000);
    await subscription.close();
    expect(new Set(keeper.values).size).toBe(1_000);
    for (const { partition, end } of await log.bounds(topic)) {
      let next = 0;
      for (const batch of keeper.batches.filter((some) => some.partition === partition)) {
        const { fromOffset, nextOffset } = batch;
        expect(fromOffset).toBe(next);
        expect(batch.records.map(({ offset }) => offset)).toEqual(offsets(fromOffset, nextOffset));
        next = nextOffset;
      }
      expect(next).toBe(end);
    }
  });

  test('asks for the position again after a FencedError, and continues from there', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(10));
    const keeper = new Keeper();
    let fenced = false;
    const handle: Keeper['handle'] = async (batch, context) => {
      if (!fenced) {
        fenced = true;
        keeper.stored.set(0, 6);
        throw new FencedError('somebody else has handled six records');
      }
      await keeper.handle(batch, context);
    };
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`, { handle }));
    await keeper.has(4);
    await subscription.close();
    expect(keeper.values).toEqual(['r6', 'r7', 'r8', 'r9']);
  });

  test('goes on from the stored position when it is told that this went back, though nothing is appended', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(5));
    const keeper = new Keeper();
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    await keeper.has(5);
    keeper.stored.set(0, 3);
    await subscription.reread(0);
    await keeper.has(7);
    await subscription.close();
    expect(keeper.values).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r3', 'r4']);
    expect(keeper.fatal).toEqual([]);
  });

  test('redelivers a batch that could not be handled', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(3));
    const keeper = new Keeper();
    let failures = 2;
    const handle: Keeper['handle'] = async (batch, context) => {
      if (failures-- > 0) throw new Error('the database is away');
      await keeper.handle(batch, context);
    };
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`, { handle }));
    await keeper.has(3);
    await subscription.close();
    expect(keeper.values).toEqual(['r0', 'r1', 'r2']);
    expect(keeper.fatal).toEqual([]);
  });

  test.each([
    ['a log that ends before it', 3],
    ['a log that is empty', 0],
  ])('refuses a stored position in %s', async (_, count) => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(count));
    const keeper = new Keeper(new Map([[0, 999]]));
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    await until(() => keeper.fatal.length > 0, 'the subscription to give up');
    await append(log, topic, records(3, 'later'));
    await subscription.close();
    expect(keeper.fatal).toEqual([expect.any(StreamMismatchError)]);
    expect(keeper.handled).toEqual([]);
  });

  test('finishes the running batch on close, and begins no other', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(1));
    const keeper = new Keeper();
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    let aborted: AbortSignal | undefined;
    const handle: Keeper['handle'] = async (batch, context) => {
      aborted = context.signal;
      await gate;
      await keeper.handle(batch, context);
    };
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`, { handle }));
    await until(() => aborted !== undefined, 'the batch');
    await append(log, topic, records(5, 'later'));
    let closed = false;
    const closing = subscription.close().then(() => (closed = true));
    await until(() => aborted?.aborted === true, 'the signal');
    expect(closed).toBe(false);
    finish();
    await closing;
    expect(keeper.values).toEqual(['r0']);
  });
}

function offsets(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
