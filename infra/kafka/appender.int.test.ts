import { randomBytes } from 'node:crypto';
import { testServers, uniqueName } from '../../test/servers';
import { readAll, record, valuesOf } from '../event-log/conformance/harness';
import { partitionOf } from '../event-log/murmur2';
import { createLogger } from '../logger';
import { KafkaLog, type KafkaLogOptions } from './kafka-log';
import { createTopics } from './topics';

const settings = { brokers: testServers().kafkaBrokers.split(','), clientId: 'test' };
const logger = createLogger('silent');

async function openTopic(
  partitions: number,
  configured: Readonly<Record<string, string>> = {},
  options: (topic: string) => KafkaLogOptions = () => ({}),
) {
  const topic = uniqueName('appender');
  await createTopics(settings, logger, [{ topic, partitions, settings: configured }]);
  const log = new KafkaLog(settings, logger, options(topic));
  const appender = log.createAppender();
  const close = async () => void (await Promise.all([appender.close(), log.close()]));
  return { topic, log, appender, close };
}

test('a topic with another number of partitions than agreed gets no record', async () => {
  const { topic, log, appender, close } = await openTopic(3, {}, (name) => ({ partitions: { [name]: 12 } }));
  await expect(appender.append(topic, [record('k', 'v')])).rejects.toThrow(
    `${topic} has 3 partitions and must have 12`,
  );
  const [result] = await Promise.all(
    appender.attempt(topic, [{ partition: 0, records: [record('k', 'v')] }], { timeout: 2_000 }),
  );
  expect(result).toMatchObject({ kind: 'not-appended' });
  expect(valuesOf(await readAll(log, topic))).toEqual([]);
  await close();
});

test('records that are larger than the topic takes are told from those that are not, partition by partition', async () => {
  const { topic, log, appender, close } = await openTopic(2, { 'max.message.bytes': '2000' });
  const keyOf = (partition: number) =>
    Array.from({ length: 50 }, (_, i) => `key-${i}`).find(
      (key) => partitionOf(Buffer.from(key), 2) === partition,
    )!;
  const results = await Promise.all(
    appender.attempt(
      topic,
      [
        { partition: 0, records: [record(keyOf(0), 'small'), record(keyOf(0), randomBytes(3_000))] },
        { partition: 1, records: [record(keyOf(1), 'fine')] },
      ],
      { timeout: 5_000 },
    ),
  );
  expect(results.map(({ kind }) => kind)).toEqual(['too-large', 'appended']);
  expect(valuesOf(await readAll(log, topic))).toEqual(['fine']);
  await close();
});

test('records that repeat each other take less room than the topic allows, where they would take more uncompressed', async () => {
  const { topic, log, appender, close } = await openTopic(1, { 'max.message.bytes': '4000' });
  const values = Array.from({ length: 200 }, (_, i) => `the same words in every record, and a number: ${i}`);
  const records = values.map((value) => record('k', value));
  const [result] = await Promise.all(
    appender.attempt(topic, [{ partition: 0, records }], { timeout: 5_000 }),
  );
  expect(result).toEqual({ kind: 'appended', baseOffset: 0 });
  expect(valuesOf(await readAll(log, topic))).toEqual(values);
  await close();
});

test("a partition that the topic does not have is that partition's failure alone", async () => {
  const { topic, appender, close } = await openTopic(1);
  const results = await Promise.all(
    appender.attempt(
      topic,
      [
        { partition: 7, records: [record('k', 'v')] },
        { partition: 0, records: [record('k', 'v')] },
      ],
      { timeout: 5_000 },
    ),
  );
  expect(results.map(({ kind }) => kind)).toEqual(['not-appended', 'appended']);
  await close();
});
