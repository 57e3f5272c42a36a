import { setTimeout as delay } from 'node:timers/promises';
import { ConfigResourceTypes, type Admin } from 'kafkajs';
import type { Logger } from '../logger';
import { createKafka, type KafkaSettings } from './client';

const LEADERS_TIMEOUT_MS = 30_000;

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** Settings that must be exactly so. */
  readonly settings: Readonly<Record<string, string>>;
}

async function withAdmin<T>(
  settings: KafkaSettings,
  logger: Logger,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = createKafka(settings, logger).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/**
 * Creates the topics that are not there. Those that are stay as they are: see `checkTopics`.
 * @param replicationFactor absent: one copy on each broker, three at most; with three, two must acknowledge.
 */
export async function createTopics(
  settings: KafkaSettings,
  logger: Logger,
  specs: readonly TopicSpec[],
  replicationFactor?: number,
): Promise<void> {
  await withAdmin(settings, logger, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = specs.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return;
    const replicas = replicationFactor ?? Math.min(3, (await admin.describeCluster()).brokers.length);
    await admin.createTopics({
      // Done below: kafkajs takes it for an error when a broker has not heard of the topic yet.
      waitForLeaders: false,
      topics: missing.map(({ topic, partitions, settings: wanted }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: Object.entries({
          ...wanted,
          'min.insync.replicas': String(Math.max(1, replicas - 1)),
        }).map(([name, value]) => ({ name, value })),
      })),
    });
    await waitForLeaders(
      admin,
      missing.map(({ topic }) => topic),
    );
  });
}

/**
 * A topic that was just created is not known to all brokers at once, nor has it leaders, nor does a leader know at once
 * that it is one. Whoever answers for the offsets of a partition takes records too. Which errors come until then depends
 * on where kafkajs asked; some are TypeErrors of its own.
 */
async function waitForLeaders(admin: Admin, topics: readonly string[]): Promise<void> {
  const deadline = Date.now() + LEADERS_TIMEOUT_MS;
  for (const topic of topics) {
    for (;;) {
      try {
        await admin.fetchTopicOffsets(topic);
        break;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(20);
      }
    }
  }
}

/**
 * Checks that the topics are what the platform counts on.
 * @throws {Error} naming each topic that is missing or set otherwise, with what it is and what it should be
 */
export async function checkTopics(
  settings: KafkaSettings,
  logger: Logger,
  specs: readonly TopicSpec[],
): Promise<void> {
  await withAdmin(settings, logger, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const wrong: string[] = [];
    for (const spec of specs) {
      if (existing.has(spec.topic)) wrong.push(...(await differences(admin, spec)));
      else
        wrong.push(
          `topic ${spec.topic} is not there: run "make up", or "npm run -s deploy" against your own servers`,
        );
    }
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  });
}

async function differences(admin: Admin, { topic, partitions, settings }: TopicSpec): Promise<string[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: Object.keys(settings) }],
  });
  const found = topics[0]?.partitions.length ?? 0;
  const wrong: string[] = [];
  if (found !== partitions) {
    wrong.push(
      `topic ${topic} has ${found} partitions and must have ${partitions}: books would change their partition`,
    );
  }
  for (const { configName, configValue } of resources[0]?.configEntries ?? []) {
    const wanted = settings[configName];
    if (wanted !== undefined && wanted !== configValue) {
      wrong.push(`topic ${topic} has ${configName}=${configValue} and must have ${wanted}`);
    }
  }
  return wrong;
}
