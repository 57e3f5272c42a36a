import type { Admin } from 'kafkajs';
import { waitUntil } from '../local/wait';
import { createLogger } from '../logger';
import { createKafka, type KafkaSettings } from './client';
import { Cluster } from './cluster';
import { waitForLeaders } from './topics';

/** For tests: deletes a topic, and resolves when its name is free. */
export async function deleteTopic(settings: KafkaSettings, topic: string): Promise<void> {
  const logger = createLogger('silent');
  const admin = createKafka(settings, logger).admin();
  const cluster = new Cluster(settings, logger);
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await waitUntil(async () => (await cluster.describe(topic, 5_000)) === undefined, {
    what: `${topic} was not deleted`,
    timeout: 20_000,
    every: 20,
  });
  cluster.close();
  await admin.disconnect();
}

/** Creates a topic with each partition on the brokers that are given for it, the leader first. */
export async function createPlaced(
  admin: Admin,
  topic: string,
  placement: readonly (readonly number[])[],
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const replicaAssignment = placement.map((replicas, partition) => ({ partition, replicas: [...replicas] }));
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic, replicaAssignment, configEntries }], waitForLeaders: false });
  await waitForLeaders(admin, [topic]);
}
