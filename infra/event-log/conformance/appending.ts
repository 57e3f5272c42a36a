/// <reference types="jest" />
import { partitionOf } from '../murmur2';
import { NotAppendedError, type LogRecord, type Position } from '../log';
import { append, readAll, record, records, type LogHarness } from './harness';

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** Positions of records, and their integrity. */
export function appending(harness: () => LogHarness): void {
  test('returns the positions of the records, whose bytes and headers are unchanged', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(3);
    const outgoing = [
      record('plain', 'value', { id: '1' }),
      record('bytes', EVERY_BYTE, { kind: 'binary', note: 'Größe → 本' }),
      record('ключ-鍵', '', {}),
      record('plain', 'value', { id: '2', empty: '' }),
    ];
    const positions = await append(log, topic, outgoing);
    const found = new Map<string, LogRecord>();
    for (const batch of await readAll(log, topic)) {
      for (const read of batch.records) found.set(`${read.partition}:${read.offset}`, read);
    }
    expect(found.size).toBe(outgoing.length);
    outgoing.forEach(({ key, value, headers }, i) => {
      const { partition, offset } = positions[i]!;
      const read = found.get(`${partition}:${offset}`);
      expect(read?.key?.toString()).toBe(key);
      expect(read?.value).toEqual(value);
      const texts = Object.entries(read?.headers ?? {}).map(([name, bytes]) => [name, bytes.toString()]);
      expect(Object.fromEntries(texts)).toEqual(headers);
      expect(Math.abs(Date.now() - (read?.timestamp ?? 0))).toBeLessThan(60_000);
    });
  });

  test('chooses the partition by the hash of the key, as all Kafka clients do', async () => {
    const { log, createTopic } = harness();
    const outgoing = records(50);
    const positions = await append(log, await createTopic(12), outgoing);
    expect(positions.map(({ partition }) => partition)).toEqual(
      outgoing.map(({ key }) => partitionOf(Buffer.from(key), 12)),
    );
  });

  test('keeps the order of the appends in each partition', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(2);
    const appender = log.createAppender();
    for (let round = 0; round < 5; round++) await appender.append(topic, records(20, `${round}-`));
    await appender.close();
    const byPartition = new Map<number, LogRecord[]>();
    for (const { partition, records: some } of await readAll(log, topic)) {
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), ...some]);
    }
    const sorted = [...byPartition.values()].map((some) => some.map(({ value }) => rank(String(value))));
    for (const ranks of sorted) expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(sorted.flat()).toHaveLength(100);
  });

  test('appends ten thousand records, each at a position of its own', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(4);
    const outgoing = records(10_000);
    const appender = log.createAppender();
    const positions: (Position | undefined)[] = [];
    for (let at = 0; at < outgoing.length; at += 2_000) {
      positions.push(...(await appender.append(topic, outgoing.slice(at, at + 2_000))));
    }
    await appender.close();
    const values = new Map<string, string>();
    for (const batch of await readAll(log, topic)) {
      for (const { partition, offset, value } of batch.records)
        values.set(`${partition}:${offset}`, String(value));
    }
    expect(values.size).toBe(10_000);
    const wrong = outgoing.filter(({ value }, i) => {
      const position = positions[i];
      return values.get(`${position?.partition}:${position?.offset}`) !== value.toString();
    });
    expect(wrong).toEqual([]);
  });

  test('appends nothing when there is nothing to append', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    expect(await append(log, topic, [])).toEqual([]);
    expect(await log.bounds(topic)).toEqual([{ partition: 0, start: 0, end: 0 }]);
  });

  test('rejects with NotAppendedError for a topic that does not exist', async () => {
    await expect(append(harness().log, 'no-such-topic', records(1))).rejects.toThrow(NotAppendedError);
  });

  test('accepts one append at a time', async () => {
    const { log, createTopic } = harness();
    const topic = await createTopic(1);
    const appender = log.createAppender();
    const first = appender.append(topic, records(1));
    await expect(appender.append(topic, records(1))).rejects.toThrow('one append at a time');
    await expect(first).resolves.toEqual([{ partition: 0, offset: 0 }]);
    await appender.close();
  });
}

/** Parses a value such as `3-17`: the 17th record of the third append. */
function rank(value: string): number {
  const [round, i] = value.split('-').map(Number);
  return round! * 1_000 + i!;
}
