import path from 'node:path';
import { Keeper, readAll } from '../../infra/event-log/conformance/harness';
import { createTopics } from '../../infra/kafka/topics';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger } from '../../infra/logger';
import { testServers, uniqueName } from '../servers';
import { python, runPython } from './python';

const COUNT = 200;

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
