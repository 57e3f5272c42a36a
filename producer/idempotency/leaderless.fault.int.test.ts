import { Kafka, logLevel } from 'kafkajs';
import { Registry } from 'prom-client';
import { until } from '../../infra/event-log/conformance/harness';
import { silent } from '../../infra/http/testing';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { Cluster } from '../../infra/kafka/cluster';
import { ApiClient } from '../../test/e2e/api-client';
import { RoleProcess } from '../../test/e2e/role-process';
import { createTestEnvironment } from '../../test/environment';
import { startServers, uniqueName, type ServerSet } from '../../test/servers';
import { GroupCommitWriter } from '../writer/group-commit-writer';
import { TopicClaims } from './claims';
import { claim } from './testing';

jest.setTimeout(180_000);

describe('when partitions have no leader', () => {
  let servers: ServerSet;
  const topic = uniqueName('claims');
  beforeAll(async () => {
    servers = await startServers({ brief: true, servers: ['kafka'], brokers: 3 });
    const admin = new Kafka({
      brokers: servers.kafkaBrokers.split(','),
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    const replicaAssignment = [{ partition: 0, replicas: [3] }];
    await admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: false });
    await admin.disconnect();
  }, 180_000);
  afterAll(() => servers.close());

  test('of the claims: requests go on unchecked, and are checked again when it is back', async () => {
    const log = new KafkaLog({ brokers: servers.kafkaBrokers.split(','), clientId: 'test' }, silent);
    const options = { topic, partitions: 1, timeout: 5_000, maxPending: 1_000 };
    const writer = new GroupCommitWriter(log.createAppender(), options);
    const registry = new Registry();
    const claims = new TopicClaims({ log, writer, topic, logger: silent, registry });
    const unchecked = async () =>
      (await registry.getSingleMetric('idempotency_unchecked_total')!.get()).values[0]!.value;
    await until(() => claims.ready(5_000), 'claims to be read');
    expect(await claim(claims, 'before', 'a')).toBe(true);
    await servers.kafka[2]!.kill();
    for (let n = 0; n < 20; n++) expect(await claim(claims, `k${n}`, 'a')).toBe(true);
    expect(await unchecked()).toBe(20);
    expect(await claim(claims, 'before', 'b', () => Promise.resolve(false))).toBe(false);
    await servers.kafka[2]!.start();
    let n = 0;
    const isChecked = async () => {
      const before = await unchecked();
      return (await claim(claims, `later ${n++}`, 'a')) && (await unchecked()) === before;
    };
    await until(isChecked, 'keys to be checked again');
    expect(await claim(claims, `later ${n - 1}`, 'b', () => Promise.resolve(false))).toBe(false);
    await claims.close();
    await writer.close();
    await log.close();
  });

  test('an API that is started then takes reservations of all other books', async () => {
    const env = { KAFKA_BROKERS: servers.kafkaBrokers, REPLICATION_FACTOR: '1', WRITE_TIMEOUT: '2s' };
    const environment = await createTestEnvironment(env);
    const cluster = new Cluster({ brokers: servers.kafkaBrokers.split(','), clientId: 'test' }, silent);
    const leadersOf = async (name: string) => [...(await cluster.describe(name, 5_000))!.leaders.values()];
    const { schemas, forgotten, reservations } = environment.topics;
    // Nobody may start without these two: what they say holds for all books.
    const needed = await Promise.all([schemas, forgotten].map(leadersOf));
    const victim = [1, 2, 3].find((node) => !needed.flat().includes(node))!;
    await servers.kafka[victim - 1]!.kill();
    await until(async () => (await leadersOf(reservations)).includes(-1), 'partitions to lose their leader');
    const api = await RoleProcess.start(['api'], environment.env);
    const client = new ApiClient(() => api.url);
    const books = Array.from({ length: 24 }, () => uniqueName('b'));
    const answers = await Promise.all(books.map((id) => client.put(`/v1/books/${id}`, { title: id })));
    const live = await fetch(`${api.url}/v1/events`);
    await live.body?.cancel();
    await api.stop();
    cluster.close();
    await servers.kafka[victim - 1]!.start();
    await environment.close();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 503]));
    expect(live.status).toBe(503);
  });
});
