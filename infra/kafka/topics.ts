import { setTimeout as delay } from 'node:timers/promises';
import { ConfigResourceTypes, type Admin } from 'kafkajs';
import type { Logger } from '../logger';
import { createKafka, type KafkaSettings } from './client';
import { Cluster } from './cluster';
import type { TopicMetadata } from './protocol/metadata';

const LEADERS_TIMEOUT_MS = 30_000;
/** How long a broker may take to say what a topic is. */
const ANSWER_TIMEOUT_MS = 10_000;

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** Settings that must be exactly so. */
  readonly settings: Readonly<Record<string, string>>;
}

async function withAdmin<T>(
  settings: KafkaSettings,
  logger: Logger,
  use: (admin: Admin, cluster: Cluster) => Promise<T>,
): Promise<T> {
  const admin = createKafka(settings, logger).admin();
  // kafkajs takes one partition without a leader for an error of all topics: what they are is asked without it.
  const cluster = new Cluster(settings, logger);
  await admin.connect();
  try {
    return await use(admin, cluster);
  } finally {
    cluster.close();
    await admin.disconnect().catch(() => undefined);
  }
}

/**
 * Creates the topics that are not there. Those that are stay as they are: see `checkTopics`.
 * @param replicationFactor absent: the brokers' default, or one copy on each broker that is up, three at most, whichever is more;
 *   with three, two must acknowledge.
 */
export async function createTopics(
  settings: KafkaSettings,
  logger: Logger,
  specs: readonly TopicSpec[],
  replicationFactor?: number,
): Promise<void> {
  await withAdmin(settings, logger, async (admin, cluster) => {
    const found = await Promise.all(specs.map(({ topic }) => cluster.describe(topic, ANSWER_TIMEOUT_MS)));
    const missing = specs.filter((_, i) => !found[i]);
    if (missing.length === 0) return;
    const replicas = replicationFactor ?? (await usualReplicationFactor(admin, cluster));
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

/** The brokers' default is there for a moment in which not all of them are up. */
async function usualReplicationFactor(admin: Admin, cluster: Cluster): Promise<number> {
  const { brokers } = await cluster.brokers(ANSWER_TIMEOUT_MS);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      {
        type: ConfigResourceTypes.BROKER,
        name: String([...brokers.keys()][0]),
        configNames: ['default.replication.factor'],
      },
    ],
  });
  const setting = Number(resources[0]?.configEntries[0]?.configValue ?? 1);
  return Math.max(setting, Math.min(3, brokers.size));
}

/**
 * A topic that was just created is not known to all brokers at once, nor has it leaders, nor does a leader know at once
 * that it is one. Whoever answers for the offsets of a partition takes records too. Which errors come until then depends
 * on where kafkajs asked; some are TypeErrors of its own. kafkajs' own waiting ends with an error at a broker that does not
 * know the topic yet.
 * @throws {Error} the last error, when one has no leader after 30 seconds
 */
export async function waitForLeaders(admin: Admin, topics: readonly string[]): Promise<void> {
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
 * @param replicationFactor how many copies each must have at least; absent: any number will do (see `KafkaLog.assertCopies`)
 * @throws {Error} naming each topic that is missing or set otherwise, with what it is and what it should be
 */
export async function checkTopics(
  settings: KafkaSettings,
  logger: Logger,
  specs: readonly TopicSpec[],
  replicationFactor = 1,
): Promise<void> {
  await withAdmin(settings, logger, async (admin, cluster) => {
    const wrong: string[] = [];
    for (const spec of specs) {
      const found = await cluster.describe(spec.topic, ANSWER_TIMEOUT_MS);
      if (found)
        wrong.push(...differencesOf(spec, found, replicationFactor), ...(await settingsOf(admin, spec)));
      else
        wrong.push(
          `topic ${spec.topic} is not there: run "make up", or "npm run -s deploy" against your own servers`,
        );
    }
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  });
}

/** What of the topic's partitions is not as it must be. */
function differencesOf(
  { topic, partitions }: TopicSpec,
  { copies }: TopicMetadata,
  replicationFactor: number,
): string[] {
  const wrong: string[] = [];
  if (copies.size !== partitions) {
    wrong.push(
      `topic ${topic} has ${copies.size} partitions and must have ${partitions}: keys would change their partition`,
    );
  }
  const fewest = Math.min(...copies.values());
  if (fewest < replicationFactor) {
    wrong.push(
      `topic ${topic} has ${fewest} ${fewest === 1 ? 'copy' : 'copies'} and must have ${replicationFactor} (REPLICATION_FACTOR): ` +
        'add replicas with kafka-reassign-partitions.sh',
    );
  }
  return wrong;
}

/** What of the topic's settings is not as it must be. */
async function settingsOf(admin: Admin, { topic, settings }: TopicSpec): Promise<string[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: Object.keys(settings) }],
  });
  return (resources[0]?.configEntries ?? []).flatMap(({ configName, configValue }) => {
    const wanted = settings[configName];
    return wanted === undefined || wanted === configValue
      ? []
      : [`topic ${topic} has ${configName}=${configValue} and must have ${wanted}`];
  });
}
