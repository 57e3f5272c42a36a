import { partitionOf } from '../../infra/event-log/murmur2';
import { createWriter, pass, settled, stopTime, write } from './testing';

beforeEach(stopTime);
afterEach(() => jest.useRealTimers());

describe('partitions', () => {
  /** A key of each of the partitions 0 and 1. */
  const [here, there] = [0, 1].map((wanted) => {
    const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
    return keys.find((key) => partitionOf(Buffer.from(key), 2) === wanted)!;
  }) as [string, string];

  test('share a send, and settle one by one', async () => {
    const { appender, writer } = createWriter({ partitions: 2 });
    const writes = [write(writer, 'a', { key: here }), write(writer, 'b', { key: there })];
    await settled();
    expect(appender.attempts.map(({ partition, apart }) => [partition, apart])).toEqual([
      [0, false],
      [1, false],
    ]);
    await appender.current!.answer('ok');
    expect(writes.map(({ outcome }) => outcome)).toEqual([{ partition: 0, offset: 0 }, undefined]);
    await appender.current!.answer('ok');
    expect(writes[1]!.outcome).toEqual({ partition: 1, offset: 0 });
  });

  test('one that fails is tried by itself, and the others go on without it and write nothing twice', async () => {
    const { appender, writer } = createWriter({ partitions: 2 });
    appender.script = ({ partition }) => (partition === 1 ? 'not appended' : 'ok');
    const bad = write(writer, 'bad', { key: there });
    for (const value of 'abcde') {
      const good = write(writer, value, { key: here });
      await pass(1);
      expect(good.outcome).toMatchObject({ partition: 0 });
    }
    expect(appender.log(0)).toEqual([...'abcde']);
    appender.script = ({ partition, apart }) => (partition === 1 && !apart ? 'not appended' : 'ok');
    await pass(600);
    expect(bad.outcome).toEqual({ partition: 1, offset: 0 });
    appender.script = undefined;
    write(writer, 'healed', { key: there });
    await settled();
    expect(appender.current).toMatchObject({ partition: 1, apart: false });
  });

  test('one that does not answer keeps the others waiting for a moment only', async () => {
    const { appender, writer } = createWriter({ partitions: 2 });
    appender.script = ({ partition }) => (partition === 1 ? undefined : 'ok');
    write(writer, 'hangs', { key: there });
    await settled();
    const good = write(writer, 'a', { key: here });
    await pass(100);
    expect(good.outcome).toEqual({ partition: 0, offset: 0 });
    expect(appender.attempts).toHaveLength(1);
  });

  test('one in trouble takes a part of the queue, not all of it', async () => {
    const { appender, writer } = createWriter({ partitions: 2, maxPending: 20 });
    appender.script = ({ partition }) => (partition === 1 ? 'not appended' : 'ok');
    write(writer, 'first', { key: there });
    await settled();
    const bad = Array.from({ length: 10 }, (_, i) => write(writer, `bad ${i}`, { key: there }));
    const good = write(writer, 'good', { key: here });
    await settled();
    expect(bad.filter(({ outcome }) => outcome === 'not recorded')).toHaveLength(6);
    expect(good.outcome).toMatchObject({ partition: 0 });
  });
});

describe('a record that is larger than the log takes', () => {
  test('is found out and refused, and those beside it are written once, in their order', async () => {
    const { appender, writer } = createWriter();
    appender.script = ({ values }) => (values.includes('large') ? 'too large' : 'ok');
    const values = ['a', 'b', 'large', 'c', 'd', 'e', 'f'];
    const writes = values.map((value) => write(writer, value));
    await pass(1);
    expect(appender.log()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(writes.filter(({ outcome }) => outcome === 'not recorded').map(({ value }) => value)).toEqual([
      'large',
    ]);
  });
});
