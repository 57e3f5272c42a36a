import { Kafka, logLevel } from 'kafkajs';
import { uniqueName } from '../../test/servers';
import { startServers, type ServerSet } from '../../test/private-servers';
import { createLogger } from '../logger';
import type { KafkaSettings } from './client';
import { KafkaLog } from './kafka-log';
import { checkTopics, createTopics, type TopicSpec } from './topics';

const logger = createLogger('silent');

describe('on three brokers', () => {
  let servers: ServerSet;
  let settings: KafkaSettings;
  let log: KafkaLog;
  beforeAll(async () => {
    servers = await startServers({ brief: true, servers: ['kafka'], brokers: 3 });
    settings = { brokers: servers.kafkaBrokers.split(','), clientId: 'test' };
    log = new KafkaLog(settings, logger);
  }, 180_000);
  afterAll(async () => {
    await log.close();
    await servers.close();
  });
  const specOf = (): TopicSpec => ({ topic: uniqueName('copies'), partitions: 2, settings: {} });

  test('a topic that is to be created while one of them is away does not get fewer copies for ever', async () => {
    const spec = specOf();
    await servers.kafka[2]!.stop();
    await createTopics(settings, logger, [spec]);
    await servers.kafka[2]!.start();
    const admin = new Kafka({ brokers: [...settings.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [spec.topic] });
    await admin.disconnect();
    expect(topics[0]!.partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3]);
  });

  test('a topic with fewer copies than asked for is refused, and one with fewer than possible is a warning', async () => {
    const [spec, full] = [specOf(), specOf()];
    await createTopics(settings, logger, [spec], 1);
    await createTopics(settings, logger, [full]);
    await expect(checkTopics(settings, logger, [spec], 2)).rejects.toThrow(
      `${spec.topic} has 1 copy and must have 2 (REPLICATION_FACTOR)`,
    );
    await expect(log.assertCopies([full.topic, spec.topic])).rejects.toThrow(
      `${spec.topic} has 1 of the 3 copies that 3 brokers can keep`,
    );
    await expect(log.assertCopies([full.topic])).resolves.toBeUndefined();
    await expect(checkTopics(settings, logger, [full], 3)).resolves.toBeUndefined();
  });
});
