import { Kafka, logLevel, type Admin } from 'kafkajs';
import { KafkaProxy } from '../../test/proxy';
import { testServers, uniqueName } from '../../test/servers';
import { append, Keeper, readAll, record, records, until, valuesOf } from '../event-log/conformance/harness';
import { StreamMismatchError, type LogBatch } from '../event-log/log';
import { createLogger } from '../logger';
import { KafkaLog } from './kafka-log';
import { DEFAULT_SUBSCRIPTION } from './consumer';
import { KafkaSubscription } from './subscription';
import { createTopics } from './topics';

jest.setTimeout(30_000);

const brokers = testServers().kafkaBrokers.split(',');
const settings = { brokers, clientId: 'test' };
const logger = createLogger('silent');
const log = new KafkaLog(settings, logger, { commitInterval: 50 });
const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
let admin: Admin;

beforeAll(async () => {
  admin = kafka.admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await log.close();
});

async function createTopic(partitions = 1): Promise<string> {
  const topic = uniqueName('subscription');
  await createTopics(settings, logger, [{ topic, partitions, settings: {} }]);
  return topic;
}

/** As any tool could set it. (The admin client's own way takes five seconds.) */
async function setGroupOffset(groupId: string, topic: string, offset: number): Promise<void> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic });
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
  await joined;
  await consumer.commitOffsets([{ topic, partition: 0, offset: String(offset) }]);
  await consumer.disconnect();
}

async function groupOffset(groupId: string, topic: string): Promise<number> {
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return Number(offsets?.partitions[0]?.offset);
}

describe('a transaction that was given up, larger than a fetch', () => {
  const LARGE = { value: 'x'.repeat(100_000) };

  async function abortedTransaction(): Promise<string> {
    const topic = await createTopic();
    const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    for (let i = 0; i < 8; i += 1) await transaction.send({ topic, messages: [LARGE] });
    await transaction.abort();
    await producer.disconnect();
    return topic;
  }

  test('is left behind by a subscription, with its position', async () => {
    const topic = await abortedTransaction();
    const [{ end } = { end: 0 }] = await log.bounds(topic);
    const keeper = new Keeper();
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    await until(() => (keeper.stored.get(0) ?? 0) >= end, 'the position to stand behind it');
    await append(log, topic, [record('k', 'after')]);
    await keeper.has(1);
    await subscription.close();
    expect([keeper.values, keeper.fatal]).toEqual([['after'], []]);
  });

  test('is left behind by a reader', async () => {
    const topic = await abortedTransaction();
    await append(log, topic, [record('k', 'after')]);
    expect(valuesOf(await readAll(log, topic))).toEqual(['after']);
  });
});

describe('reading a range that ends with the mark of a transaction', () => {
  test.each([
    ['after its records', 0, ['1', '2']],
    ['and holds nothing else', 2, []],
  ])('ends, %s', async (_, start, wanted) => {
    const topic = await createTopic();
    const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: '1' }, { value: '2' }] });
    await transaction.commit();
    await producer.disconnect();
    // The mark becomes visible a moment after the commit.
    await until(async () => (await log.bounds(topic))[0]?.end === 3, 'the mark');
    const batches: LogBatch[] = [];
    for await (const batch of log.read(topic, { ranges: [{ partition: 0, start, end: 3 }] }))
      batches.push(batch);
    expect(valuesOf(batches)).toEqual(wanted);
  });
});

describe('a stored position outside of the log', () => {
  test('is where kafkajs alone would jump to the beginning, and say nothing', async () => {
    const topic = await createTopic();
    await append(log, topic, records(5));
    const consumer = kafka.consumer({ groupId: `${topic}-group`, maxWaitTimeInMs: 50 });
    consumer.on('consumer.group_join', () => consumer.seek({ topic, partition: 0, offset: '999' }));
    const read: string[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message }) => Promise.resolve(void read.push(String(message.value))),
    });
    await until(() => read.includes('r4'), 'kafkajs to jump');
    await consumer.disconnect();
  });

  test('ends the subscription with what is wrong and what to do, before anything is handled', async () => {
    const topic = await createTopic();
    await append(log, topic, records(5));
    const keeper = new Keeper(new Map([[0, 999]]));
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    await until(() => keeper.fatal.length > 0, 'the subscription to give up');
    expect(keeper.fatal[0]).toBeInstanceOf(StreamMismatchError);
    expect(keeper.fatal[0]?.message).toContain(
      `999 of ${topic} partition 0 is outside of the log, which holds 0 to 5`,
    );
    await append(log, topic, records(5, 'later'));
    await subscription.close();
    expect([keeper.handled.length, keeper.fatal.length]).toEqual([0, 1]);
  });

  test('is noticed as well when the records were deleted while it was away', async () => {
    const topic = await createTopic();
    await append(log, topic, records(5));
    // Else kafkajs does not know the topic yet.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
    const keeper = new Keeper(new Map([[0, 2]]));
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
    await until(() => keeper.fatal.length > 0, 'the subscription to give up');
    await subscription.close();
    expect(keeper.handled).toEqual([]);
  });
});

test('a batch that is handled while the bounds are being asked for is not held against them', async () => {
  const topic = await createTopic();
  const keeper = new Keeper();
  const slowBounds = async () => {
    const bounds = await log.bounds(topic);
    await keeper.has(3);
    return bounds;
  };
  const options = keeper.options(topic, `${topic}-group`);
  const subscription = new KafkaSubscription(kafka, options, slowBounds, DEFAULT_SUBSCRIPTION, logger);
  await subscription.start();
  await append(log, topic, records(3));
  await keeper.has(3);
  await append(log, topic, records(3, 'more'));
  await keeper.has(6);
  await subscription.close();
  expect([keeper.handled.length, keeper.fatal]).toEqual([6, []]);
});

describe("the group's offsets", () => {
  test.each([
    ['behind', 0],
    ['ahead', 8],
    ['at the end', 10],
    ['outside of the log', 77],
  ])('count for nothing when they are %s', async (_, offset) => {
    const topic = await createTopic();
    await append(log, topic, records(10));
    const groupId = `${topic}-group`;
    await setGroupOffset(groupId, topic, offset);
    const keeper = new Keeper(new Map([[0, 5]]));
    const subscription = await log.subscribe(keeper.options(topic, groupId));
    await keeper.has(5);
    await subscription.close();
    expect(keeper.values).toEqual(['r5', 'r6', 'r7', 'r8', 'r9']);
  });

  test('follow the stored positions, for lag tools, up to the last when it is closed', async () => {
    const topic = await createTopic();
    await append(log, topic, records(3));
    const keeper = new Keeper();
    const groupId = `${topic}-group`;
    const subscription = await log.subscribe(keeper.options(topic, groupId));
    await until(async () => (await groupOffset(groupId, topic)) === 3, 'the offset to be copied');
    await append(log, topic, records(2, 'more'));
    await keeper.has(5);
    await subscription.close();
    expect(await groupOffset(groupId, topic)).toBe(5);
  });

  test('are not touched by readers of ranges, who leave no group behind', async () => {
    const topic = await createTopic();
    await append(log, topic, records(3));
    const groupId = `${topic}-group`;
    await setGroupOffset(groupId, topic, 1);
    const read: string[] = [];
    for await (const batch of log.read(topic, { ranges: await log.bounds(topic) }))
      read.push(...valuesOf([batch]));
    expect(read).toHaveLength(3);
    const { groups } = await admin.listGroups();
    expect(groups.map((group) => group.groupId).filter((id) => id.startsWith(topic))).toEqual([groupId]);
    expect(await groupOffset(groupId, topic)).toBe(1);
  });
});

describe('a handler that fails', () => {
  test('gets the batch again; what it had stored of it by then is not delivered twice', async () => {
    const topic = await createTopic();
    await append(log, topic, records(6));
    const keeper = new Keeper();
    let failures = 0;
    const handle: Keeper['handle'] = async (batch, context) => {
      if (failures++ > 0) return keeper.handle(batch, context);
      const half = { ...batch, nextOffset: 2, records: batch.records.slice(0, 2) };
      await keeper.handle(half, context);
      throw new Error('the connection broke after the commit');
    };
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`, { handle }));
    await keeper.has(6);
    await subscription.close();
    expect(keeper.values).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5']);
  });

  test('for a reason that is our own mistake ends the subscription', async () => {
    const topic = await createTopic();
    await append(log, topic, records(1));
    const keeper = new Keeper();
    const handle = () => Promise.reject(new TypeError('undefined is not a function'));
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`, { handle }));
    await until(() => keeper.fatal.length > 0, 'the subscription to give up');
    await subscription.close();
    expect(keeper.fatal[0]?.message).toContain('undefined is not a function');
  });
});

describe('a stored position that cannot be read yet', () => {
  test('is asked for again', async () => {
    const topic = await createTopic();
    await append(log, topic, records(3));
    const keeper = new Keeper();
    let failures = 3;
    const positionOf = () =>
      failures-- > 0 ? Promise.reject(new Error('the database is away')) : Promise.resolve(1);
    keeper.stored.set(0, 1);
    const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`, { positionOf }));
    await keeper.has(2);
    await subscription.close();
    expect(keeper.values).toEqual(['r1', 'r2']);
  });
});

describe('connections that break', () => {
  test('leave no gap and repeat nothing', async () => {
    const proxy = await KafkaProxy.start(brokers);
    const topic = await createTopic(3);
    const through = new KafkaLog({ brokers: proxy.brokers, clientId: 'test' }, logger);
    const keeper = new Keeper();
    const subscription = await through.subscribe(keeper.options(topic, `${topic}-group`));
    for (let time = 1; time <= 3; time++) {
      await append(log, topic, records(50, `${time}-`));
      await keeper.has(time * 50 - 25);
      proxy.cut();
    }
    await keeper.has(150);
    await subscription.close();
    expect(new Set(keeper.values).size).toBe(150);
    expect([keeper.handled.length, keeper.fatal]).toEqual([150, []]);
    await through.close();
    await proxy.close();
  });
});

test('headers of other clients may come twice, or without a value', async () => {
  const topic = await createTopic();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'v', headers: { twice: ['1', '2'], once: '3' } }] });
  await producer.disconnect();
  await append(log, topic, [record('k', 'v')]);
  for await (const {
    records: [first],
  } of log.read(topic, { ranges: await log.bounds(topic) })) {
    expect(first?.headers).toEqual({ twice: Buffer.from('2'), once: Buffer.from('3') });
  }
});
