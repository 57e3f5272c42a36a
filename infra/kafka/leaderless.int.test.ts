import { startServers, type ServerSet } from '../../test/private-servers';
import { uniqueName } from '../../test/servers';
import { Keeper, record, until, valuesOf } from '../event-log/conformance/harness';
import type { Appender, OutgoingRecord } from '../event-log/log';
import { partitionOf } from '../event-log/murmur2';
import { createLogger } from '../logger';
import type { KafkaSettings } from './client';
import { Cluster } from './cluster';
import { KafkaLog } from './kafka-log';
import { checkTopics, createTopics, type TopicSpec } from './topics';

jest.setTimeout(120_000);

const PARTITIONS = 6;
const lines: string[] = [];
const logger = createLogger('info', { write: (line) => void lines.push(line) });
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

/** A record for each of the partitions. */
function oneFor(partitions: readonly number[], value: string) {
  const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`);
  return partitions.map((partition) =>
    record(
      keys.find((key) => partitionOf(Buffer.from(key), PARTITIONS) === partition)!,
      `${value}-${partition}`,
    ),
  );
}

/** Appends all of them again and again, until each was acknowledged in one go. */
async function untilTaken(appender: Appender, topic: string, records: readonly OutgoingRecord[]) {
  const taken = async () => {
    const positions = await appender.append(topic, records).catch(() => [undefined]);
    return !positions.includes(undefined);
  };
  await until(taken, `${records.length} records to be taken`);
}

async function leaderless(topic: string): Promise<number[]> {
  const cluster = new Cluster(settings, logger);
  const described = await cluster.describe(topic, 5_000);
  cluster.close();
  return [...described!.leaders].filter(([, leader]) => leader < 0).map(([partition]) => partition);
}

test('while partitions have no leader the others are read on, and consumers can start', async () => {
  const spec: TopicSpec = { topic: uniqueName('leaderless'), partitions: PARTITIONS, settings: {} };
  const { topic } = spec;
  await createTopics(settings, logger, [spec], 1);
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const appender = log.createAppender();
  await appender.append(topic, oneFor(all, 'before'));
  const running = new Keeper();
  const first = await log.subscribe(running.options(topic, `${topic}-running`));
  await running.has(PARTITIONS);

  await servers.kafka[2]!.stop();
  await until(async () => (await leaderless(topic)).length > 0, 'partitions to lose their leader');
  const away = await leaderless(topic);
  const healthy = all.filter((partition) => !away.includes(partition));
  await untilTaken(appender, topic, oneFor(healthy, 'meanwhile'));
  const has = (keeper: Keeper, partitions: readonly number[], value: string) =>
    until(
      () => partitions.every((partition) => keeper.values.includes(`${value}-${partition}`)),
      `${value} of ${partitions.join()}`,
    );
  await has(running, healthy, 'meanwhile');
  await expect(checkTopics(settings, logger, [spec])).resolves.toBeUndefined();
  const late = new Keeper(running.stored);
  const second = await log.subscribe(late.options(topic, `${topic}-running`));
  await until(() => late.assigned.length > 0, 'the second member to have partitions');
  const read: string[] = [];
  for await (const batch of log.read(topic, { ranges: [{ partition: healthy[0]!, start: 0, end: 2 }] }))
    read.push(...valuesOf([batch]));
  expect(read).toEqual([`before-${healthy[0]!}`, `meanwhile-${healthy[0]!}`]);
  await expect(log.bounds(topic)).rejects.toThrow(`${away.join(', ')} of ${topic}: it has no leader`);

  await servers.kafka[2]!.start();
  await until(async () => (await leaderless(topic)).length === 0, 'the leaders to be back');
  await untilTaken(appender, topic, oneFor(away, 'after'));
  await until(
    () => away.every((partition) => [...running.values, ...late.values].includes(`after-${partition}`)),
    'the others to be read',
  );
  await Promise.all([first.close(), second.close(), appender.close()]);
  expect([...running.fatal, ...late.fatal]).toEqual([]);
});

/** The node that coordinates the group: the leader of the partition of group offsets that the group's name falls into. */
async function coordinatorOf(group: string): Promise<number> {
  const cluster = new Cluster(settings, logger);
  const { leaders } = (await cluster.describe('__consumer_offsets', 5_000))!;
  cluster.close();
  const hash = [...group].reduce((sum, letter) => (Math.imul(31, sum) + letter.charCodeAt(0)) | 0, 0);
  return leaders.get(Math.abs(hash) % leaders.size)!;
}

test('a broker is killed that coordinates the group: its members go on with the next one', async () => {
  const topic = uniqueName('moved');
  const group = `${topic}-group`;
  await createTopics(settings, logger, [{ topic, partitions: PARTITIONS, settings: {} }], 3);
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const appender = log.createAppender();
  await appender.append(topic, oneFor(all, 'before'));
  const first = new Keeper();
  const second = new Keeper(first.stored);
  const values = () => [...first.values, ...second.values];
  const subscriptions = [await log.subscribe(first.options(topic, group))];
  subscriptions.push(await log.subscribe(second.options(topic, group)));
  await until(() => second.assigned.length > 0, 'the second member to have partitions');
  await until(() => values().length === PARTITIONS, 'all partitions to be read');

  const coordinator = await coordinatorOf(group);
  // Nodes are numbered from 1, in the order of their addresses.
  await servers.kafka[coordinator - 1]!.kill();
  await until(async () => (await coordinatorOf(group)) !== coordinator, 'another coordinator');
  await untilTaken(appender, topic, oneFor(all, 'after'));
  await until(() => all.every((partition) => values().includes(`after-${partition}`)), 'them to be read');
  await servers.kafka[coordinator - 1]!.start();
  await Promise.all([...subscriptions, appender].map((each) => each.close()));
  expect([...first.fatal, ...second.fatal]).toEqual([]);
  expect(lines.filter((line) => line.includes('Crash: ') && line.includes(group))).toEqual([]);
});
