import { waitUntil } from '../local/wait';
import { createLogger } from '../logger';
import { createKafka, type KafkaSettings } from './client';
import { Cluster } from './cluster';

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
