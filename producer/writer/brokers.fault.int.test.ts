import { createPlaced } from '../../infra/kafka/testing';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { Keeper, until } from '../../infra/event-log/conformance/harness';
import type { PartitionBounds } from '../../infra/event-log/log';
import { startServers, type ServerSet } from '../../test/servers';
import { FaultHarness } from './fault/testing';

jest.setTimeout(60_000);

/** Follows the topic of a scene as our consumers do: with a place of its own, from which no batch may deviate. */
async function follow({ log, topic }: FaultHarness) {
  const keeper = new Keeper();
  const subscription = await log.subscribe(keeper.options(topic, `${topic}-group`));
  const isThrough = (bounds: readonly PartitionBounds[]) =>
    bounds.every(({ partition, end }) => (keeper.stored.get(partition) ?? 0) === end);
  return {
    async handlesAllOnce() {
      await until(async () => isThrough(await log.bounds(topic)), 'the reader to come to the end');
      await subscription.close();
      const places = keeper.handled.map(({ partition, offset }) => `${partition}:${offset}`);
      const ends = (await log.bounds(topic)).reduce((sum, { end }) => sum + end, 0);
      expect([places.length, new Set(places).size, keeper.fatal]).toEqual([ends, ends, []]);
    },
  };
}

describe('when the only broker is killed', () => {
  let servers: ServerSet;
  beforeAll(async () => {
    servers = await startServers({ brief: true, servers: ['kafka'] });
  }, 180_000);
  afterAll(() => servers.close());

  test('what was acknowledged is there when it is back, what was refused is not, and writing and reading go on', async () => {
    const scene = await FaultHarness.open(servers.kafkaBrokers, { timeout: 700 });
    const reader = await follow(scene);
    await scene.acknowledges(200);
    await servers.kafka[0]!.kill();
    await scene.says('not recorded');
    await servers.kafka[0]!.start();
    await scene.acknowledges(200);
    await scene.end();
    expect(await scene.lies()).toEqual([]);
    await reader.handlesAllOnce();
    await scene.close();
  });
});

describe('when leaders move', () => {
  let servers: ServerSet;
  let admin: Admin;
  beforeAll(async () => {
    servers = await startServers({ brief: true, servers: ['kafka'], brokers: 3 });
    const brokers = servers.kafkaBrokers.split(',');
    admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  }, 180_000);
  afterAll(async () => {
    await admin.disconnect();
    await servers.close();
  });

  async function leaders(topic: string): Promise<number[]> {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]!.partitions.sort((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
  }

  test('every acknowledged write of a send over several partitions is where it is said to be', async () => {
    const createTopic = (topic: string) => createPlaced(admin, topic, [[1], [2], [3], [1]]);
    const scene = await FaultHarness.open(servers.kafkaBrokers, {
      timeout: 5_000,
      partitions: 4,
      createTopic,
    });
    await scene.acknowledges(200);
    for (const moved of [2, 3]) {
      const partitionAssignment = [{ partition: 0, replicas: [moved] }];
      await admin.alterPartitionReassignments({ topics: [{ topic: scene.topic, partitionAssignment }] });
      await until(async () => (await leaders(scene.topic))[0] === moved, 'the leader to move');
      await scene.acknowledges(200);
    }
    expect(await scene.end()).toMatchObject({ maybe: 0, not: 0 });
    expect(await scene.lies()).toEqual([]);
    await scene.close();
  });

  test('and the same when a broker of three is killed under load, for writing and reading', async () => {
    const scene = await FaultHarness.open(servers.kafkaBrokers, { timeout: 15_000 });
    const reader = await follow(scene);
    await scene.acknowledges(200);
    await servers.kafka[2]!.kill();
    await until(async () => !(await leaders(scene.topic)).includes(3), 'other leaders');
    await scene.acknowledges(200);
    expect(await scene.end()).toMatchObject({ maybe: 0, not: 0 });
    expect(await scene.lies()).toEqual([]);
    await reader.handlesAllOnce();
    await scene.close();
  });
});
