import type { TopicSpec } from '../infra/kafka/topics';

/** With another number a book's later events would go to another partition than its earlier ones: it never changes. */
export const PARTITIONS = 12;

const DAY_MS = 86_400_000;
/** Nothing is lost to a size limit, nor to a broker that leads a partition without having all of it. */
const DURABLE = {
  'cleanup.policy': 'delete',
  'retention.bytes': '-1',
  'unclean.leader.election.enable': 'false',
};
const FOR_EVER = { ...DURABLE, 'retention.ms': '-1' };
const LATEST_OF_EACH_KEY = { ...DURABLE, 'cleanup.policy': 'compact' };
const SEVEN_DAYS = { ...DURABLE, 'retention.ms': String(7 * DAY_MS) };

/** What a topic is called and must be set to. */
interface TopicRow {
  /** Follows `TOPIC_PREFIX` and a dot. */
  readonly suffix: string;
  readonly partitions: number;
  readonly settings: TopicSpec['settings'];
}

/** Every topic of the platform. */
const TOPICS = {
  /** What people and the library did. */
  reservations: { suffix: 'reservations', partitions: PARTITIONS, settings: FOR_EVER },
  /** What became of it: one event for each change of a reservation. */
  outcomes: { suffix: 'outcomes', partitions: PARTITIONS, settings: FOR_EVER },
  /** Copies of the records that were set aside. */
  deadLetters: { suffix: 'dead-letters', partitions: PARTITIONS, settings: FOR_EVER },
  /** Which request each idempotency key belongs to. One partition: the order of the claims decides. */
  idempotencyKeys: { suffix: 'idempotency-keys', partitions: 1, settings: SEVEN_DAYS },
  /** The schema of every ID that records name: see `SchemaLedger`. */
  schemas: { suffix: 'schemas', partitions: 1, settings: LATEST_OF_EACH_KEY },
  /** Who was forgotten, under the hashes of user IDs: see `ForgottenUsers`. */
  forgotten: { suffix: 'forgotten', partitions: 1, settings: LATEST_OF_EACH_KEY },
} as const satisfies Readonly<Record<string, TopicRow>>;

type TopicKey = keyof typeof TOPICS;

const KEYS = Object.keys(TOPICS) as TopicKey[];

/** The full names of the topics. */
export type Topics = Readonly<Record<TopicKey, string>>;

/** The names of the topics under a prefix (`TOPIC_PREFIX`). */
export function topicNames(prefix: string): Topics {
  return Object.fromEntries(KEYS.map((key) => [key, `${prefix}.${TOPICS[key].suffix}`])) as Topics;
}

/** The topics with what they must be set to, for creating and checking them. */
export function topicSpecs(topics: Topics): TopicSpec[] {
  return KEYS.map((key) => {
    const { partitions, settings } = TOPICS[key];
    return { topic: topics[key], partitions, settings };
  });
}

/** How many partitions each topic has, by its full name. */
export function partitionCounts(topics: Topics): Record<string, number> {
  return Object.fromEntries(topicSpecs(topics).map(({ topic, partitions }) => [topic, partitions]));
}
