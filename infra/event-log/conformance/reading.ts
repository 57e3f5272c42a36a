/// <reference types="jest" />
import { StreamMismatchError, UnknownTopicError } from '../log';
import { append, readAll, record, records, until, valuesOf, type LogHarness } from './harness';

/** Reading ranges, in no group. */
export function reading(harness: () => LogHarness): void {
  test('returns the bounds of every partition, also of an empty topic', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(3);
    const empty = [0, 1, 2].map((partition) => ({ partition, start: 0, end: 0 }));
    expect(await log.bounds(topic)).toEqual(empty);
    const [position] = await append(log, topic, [record('a', '1')]);
    expect(await log.bounds(topic)).toEqual(
      empty.map((bound) => (bound.partition === position?.partition ? { ...bound, end: 1 } : bound)),
    );
    expect(await readAll(log, await createTopic(2))).toEqual([]);
  });

  test('rejects with UnknownTopicError for a topic that does not exist', async () => {
    const { log } = harness();
    await expect(log.bounds('no-such-topic')).rejects.toThrow(UnknownTopicError);
    await expect(log.positionsAt('no-such-topic', 0)).rejects.toThrow(UnknownTopicError);
  });

  test('returns the first position at or after a time, for every partition', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(2);
    const [position] = await append(log, topic, [record('a', '1')]);
    const before = Date.now();
    await until(() => Date.now() > before, 'the clock to move on');
    const between = Date.now();
    await append(log, topic, [record('a', '2'), record('a', '3')]);
    const offsetsAt = async (time: number) =>
      (await log.positionsAt(topic, time)).map(({ partition, offset }) => [partition, offset]);
    const inOrder = (offset: number) => [0, 1].map((p) => [p, p === position?.partition ? offset : 0]);
    expect(await offsetsAt(0)).toEqual(inOrder(0));
    expect(await offsetsAt(between)).toEqual(inOrder(1));
    expect(await offsetsAt(Date.now() + 3_600_000)).toEqual(inOrder(3));
  });

  test('has a constant identity', async () => {
    const { log } = harness();
    expect(await log.identity()).toMatch(/./);
    expect(await log.identity()).toBe(await log.identity());
  });

  test('has a constant ID for each topic', async () => {
    const { log, createTopic } = harness();
    const [one, other] = [await createTopic(1), await createTopic(1)];
    expect(await log.topicId(one)).toMatch(/./);
    expect(await log.topicId(one)).toBe(await log.topicId(one));
    expect(await log.topicId(other)).not.toBe(await log.topicId(one));
    await expect(log.topicId('no-such-topic')).rejects.toThrow(UnknownTopicError);
  });

  test('reads from the start of a range up to, not including, its end', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(10));
    const batches = await readAll(log, topic, [{ partition: 0, start: 3, end: 7 }]);
    expect(valuesOf(batches)).toEqual(['r3', 'r4', 'r5', 'r6']);
    expect(batches[0]).toMatchObject({ partition: 0, fromOffset: 3, endOffset: 10 });
    expect(batches.at(-1)).toMatchObject({ nextOffset: 7 });
  });

  test('reads only the requested partitions', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(3);
    const outgoing = records(60);
    const positions = await append(log, topic, outgoing);
    const bounds = await log.bounds(topic);
    const batches = await readAll(log, topic, [
      { ...bounds[0]!, end: 5 },
      { ...bounds[2]!, start: 2 },
    ]);
    const wanted = outgoing.filter((_, i) => {
      const { partition, offset } = positions[i]!;
      return (partition === 0 && offset < 5) || (partition === 2 && offset >= 2);
    });
    expect(valuesOf(batches).sort()).toEqual(wanted.map(({ value }) => value.toString()).sort());
  });

  test('follows the end of the log until it is aborted', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(2, 'old'));
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      const ranges = [{ partition: 0, start: 1, end: Infinity }];
      for await (const batch of log.read(topic, { ranges, signal: stop.signal })) {
        seen.push(...valuesOf([batch]));
      }
    })();
    await until(() => seen.length === 1, 'what is there already');
    await append(log, topic, records(2, 'new'));
    await until(() => seen.length === 3, 'what came later');
    stop.abort();
    await following;
    expect(seen).toEqual(['old1', 'new0', 'new1']);
  });

  test('can be abandoned in the middle', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(5));
    const seen: string[] = [];
    for await (const batch of log.read(topic, { ranges: [{ partition: 0, start: 0, end: Infinity }] })) {
      seen.push(...valuesOf([batch]));
      break;
    }
    expect(seen[0]).toBe('r0');
  });

  test('ends at once when all ranges are empty, or when it was aborted before', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    expect(await readAll(log, topic, [{ partition: 0, start: 0, end: 0 }])).toEqual([]);
    const ranges = [{ partition: 0, start: 0, end: Infinity }];
    const aborted = log.read(topic, { ranges, signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    expect(await aborted.next()).toMatchObject({ done: true });
  });

  test('refuses a range that begins outside of the log, or whose partition does not exist', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    await append(log, topic, records(3));
    await expect(readAll(log, topic, [{ partition: 0, start: 4, end: 9 }])).rejects.toThrow(
      StreamMismatchError,
    );
    await expect(readAll(log, topic, [{ partition: 5, start: 0, end: 1 }])).rejects.toThrow(RangeError);
  });
}
