import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { startServers, type ServerSet } from '../../test/private-servers';
import { uniqueName } from '../../test/servers';
import { createLogger } from '../logger';
import { KafkaAppender } from './appender';
import type { KafkaSettings } from './client';
import { createTopics } from './topics';

const logger = createLogger('silent');
const PARTITIONS = 6;
/** For so long the leader has not said a word, and the link to it is not taken to be alive any more. */
const SILENCE_MS = 1_200;

let servers: ServerSet;
let settings: KafkaSettings;
beforeAll(async () => {
  servers = await startServers({ brief: true, servers: ['kafka'], brokers: 3 });
  settings = { brokers: servers.kafkaBrokers.split(','), clientId: 'test' };
}, 180_000);
afterAll(() => servers.close());

/** A new topic, and who keeps its partitions: the leader first. */
async function topicOf(copies: number) {
  const topic = uniqueName('waiting');
  await createTopics(settings, logger, [{ topic, partitions: PARTITIONS, settings: {} }], copies);
  const admin = new Kafka({ brokers: [...settings.brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.disconnect();
  const partitions = topics[0]!.partitions.map(({ partitionId, leader, replicas }) => ({
    partition: partitionId,
    leader,
    follower: replicas.find((node) => node !== leader),
  }));
  return { topic, partitions };
}

test('while a leader waits for a follower that is frozen, its other partitions take records', async () => {
  const [copied, single] = [await topicOf(2), await topicOf(1)];
  const { partition, leader, follower } = copied.partitions[0]!;
  const other = single.partitions.find((each) => each.leader === leader)!;
  const appender = new KafkaAppender(settings, logger, { timeout: 30_000 });
  const attempt = (topic: string, to: number) =>
    appender.attempt(
      topic,
      [{ partition: to, records: [{ key: 'k', value: Buffer.from('v'), headers: {} }] }],
      { timeout: 30_000 },
    )[0]!;
  await attempt(copied.topic, partition);
  await attempt(single.topic, other.partition);

  // Nodes are numbered from 1, in the order of their addresses.
  await servers.kafka[follower! - 1]!.pause();
  const settled: string[] = [];
  const waiting = attempt(copied.topic, partition).then(({ kind }) => settled.push(`waiting ${kind}`));
  await delay(SILENCE_MS);
  const free = attempt(single.topic, other.partition).then(({ kind }) => settled.push(`free ${kind}`));
  await Promise.all([waiting, free]);
  await servers.kafka[follower! - 1]!.resume();
  await appender.close();
  expect(settled).toEqual(['free appended', 'waiting appended']);
}, 120_000);
