import { Kafka, logLevel, type Admin } from 'kafkajs';
import { testServers, uniqueName } from '../../test/servers';
import { append, Keeper, records, until } from '../event-log/conformance/harness';
import { StreamMismatchError, UnknownTopicError } from '../event-log/log';
import { createLogger } from '../logger';
import { KafkaLog } from './kafka-log';
import { deleteTopic } from './testing';
import { createTopics } from './topics';

jest.setTimeout(60_000);

const brokers = testServers().kafkaBrokers.split(',');
const settings = { brokers, clientId: 'test' };
const logger = createLogger('silent');
const partitions: Record<string, number> = {};
const log = new KafkaLog(settings, logger, { partitions, topicCheckInterval: 50 });
let admin: Admin;

beforeAll(async () => {
  admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await log.close();
});

const create = (topic: string) => createTopics(settings, logger, [{ topic, partitions: 2, settings: {} }]);

/** A topic that must have two partitions, and has. */
async function createTopic(): Promise<string> {
  const topic = uniqueName('watched');
  partitions[topic] = 2;
  await create(topic);
  return topic;
}

const addPartition = (topic: string) => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });

describe('a topic to which partitions were added', () => {
  test('is not subscribed to', async () => {
    const topic = await createTopic();
    await addPartition(topic);
    const keeper = new Keeper();
    await until(
      async () => (await log.bounds(topic).catch(() => [])).length === 3,
      'the third partition to be there',
    );
    await expect(log.subscribe(keeper.options(topic, `${topic}-group`))).rejects.toThrow(
      `${topic} has 3 partitions and must have 2`,
    );
  });

  test('while it is read ends the subscription, with what to do', async () => {
    const topic = await createTopic();
    const keeper = new Keeper();
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    await append(log, topic, records(5));
    await keeper.has(5);
    await addPartition(topic);
    await until(() => keeper.fatal.length > 0, 'the subscription to give up');
    await subscription.close();
    expect(keeper.fatal).toEqual([expect.any(StreamMismatchError)]);
    expect(keeper.fatal[0]?.message).toMatch(
      /has 3 partitions and must have 2: .* copy the records into a topic with 2/,
    );
  });
});

test('a topic that was deleted and made anew while it was read ends the subscription', async () => {
  const topic = await createTopic();
  const keeper = new Keeper();
  const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
  await append(log, topic, records(5));
  await keeper.has(5);
  await deleteTopic(settings, topic);
  await create(topic);
  await until(() => keeper.fatal.length > 0, 'the subscription to give up');
  await subscription.close();
  expect(keeper.fatal[0]).toBeInstanceOf(StreamMismatchError);
});

test('a topic that is not there cannot be subscribed to', async () => {
  await expect(log.subscribe(new Keeper().options('no-such-topic', 'group'))).rejects.toThrow(
    UnknownTopicError,
  );
});
