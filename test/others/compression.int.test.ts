import path from 'node:path';
import { append, Keeper, readAll } from '../../infra/event-log/conformance/harness';
import { createTopics } from '../../infra/kafka/topics';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger } from '../../infra/logger';
import { testServers, uniqueName } from '../servers';
import { python, runPython } from './python';

const COUNT = 200;

/** Prints the values of a partition's first records, as librdkafka reads them. */
const READER = `
import sys
from confluent_kafka import Consumer, TopicPartition

brokers, topic, count = sys.argv[1:]
consumer = Consumer({"bootstrap.servers": brokers, "group.id": "none", "check.crcs": True})
consumer.assign([TopicPartition(topic, 0, 0)])
for record in consumer.consume(int(count), 30):
    if record.error():
        raise SystemExit(str(record.error()))
    print(record.value().decode(), dict(record.headers())["codec"].decode())
consumer.close()
`;

beforeAll(async () => void (await python()), 240_000);

test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
  'batches that another client compressed with %s are read, by subscriptions as well',
  async (codec) => {
    const { kafkaBrokers } = testServers();
    const settings = { brokers: kafkaBrokers.split(','), clientId: 'test' };
    const logger = createLogger('silent');
    const topic = uniqueName('compressed');
    // Kafka keeps batches in the codec of their producer.
    await createTopics(settings, logger, [
      { topic, partitions: 1, settings: { 'compression.type': 'producer' } },
    ]);
    await runPython([path.join(__dirname, 'compressed.py'), kafkaBrokers, topic, codec, String(COUNT)]);
    const log = new KafkaLog(settings, logger);
    const read = (await readAll(log, topic)).flatMap((batch) => batch.records);
    const keeper = new Keeper();
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    await keeper.has(COUNT);
    await subscription.close();
    await log.close();
    for (const records of [read, keeper.handled]) {
      expect(records.map(({ value }) => String(value))).toEqual(
        Array.from({ length: COUNT }, (_, i) => `${codec} ${i}`),
      );
      expect(new Set(records.map(({ headers }) => String(headers['codec'])))).toEqual(new Set([codec]));
    }
  },
);

test('batches that we compress are read by librdkafka', async () => {
  const { kafkaBrokers } = testServers();
  const settings = { brokers: kafkaBrokers.split(','), clientId: 'test' };
  const logger = createLogger('silent');
  const topic = uniqueName('compressed');
  // The broker refuses them uncompressed.
  const limits = { 'compression.type': 'producer', 'max.message.bytes': '5000' };
  await createTopics(settings, logger, [{ topic, partitions: 1, settings: limits }]);
  const log = new KafkaLog(settings, logger);
  const values = Array.from({ length: COUNT }, (_, i) => `${i}`);
  await append(
    log,
    topic,
    values.map((value) => ({
      key: 'a key that all records have',
      value: Buffer.from(value),
      headers: { codec: 'ours' },
    })),
  );
  const lines = await runPython(['-c', READER, kafkaBrokers, topic, String(COUNT)]);
  expect(lines).toEqual(values.map((value) => `${value} ours`));
  await log.close();
});
