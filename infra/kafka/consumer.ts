import type { Consumer, Kafka, KafkaConfig } from 'kafkajs';

export interface SubscriptionSettings {
  /** How long Kafka waits for a member that says nothing before its partitions go to others, in milliseconds. */
  readonly sessionTimeout: number;
  /** How often positions are copied to Kafka's group offsets, which only lag tools look at, in milliseconds. */
  readonly commitInterval: number;
  /** How much of a partition is fetched at once, in bytes. */
  readonly maxBytesPerPartition: number;
  /** How much of all partitions together is fetched from a broker at once, in bytes. */
  readonly maxBytes: number;
  /** How often it is checked that the topic is still the same, in milliseconds. */
  readonly topicCheckInterval: number;
}

/**
 * Unpacked it takes up to four times the room, and decoded ten times that: this is what keeps a catch-up in bounds, the second
 * number for all partitions together.
 */
const BYTES_PER_PARTITION = 131_072;
const MAX_BYTES = 1_048_576;

export const DEFAULT_SUBSCRIPTION: SubscriptionSettings = {
  sessionTimeout: 6_000,
  commitInterval: 2_000,
  maxBytesPerPartition: BYTES_PER_PARTITION,
  maxBytes: MAX_BYTES,
  topicCheckInterval: 20_000,
};

/** How often a batch that failed is fetched again, before the consumer starts anew. */
const BATCH_RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 } as const;
/** How soon a partition is fetched whose leader has come back (see `tolerateLeaderless`). */
const METADATA_MAX_AGE_MS = 5_000;

/** Kafka needs some time for an answer however short a session is, and no longer than this however long it is. */
const SHORTEST_WAIT_MS = 3_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * How the client of subscriptions differs from others. A broker that is silent for as long as a session is given up, since it holds
 * up what comes from the others, too. Who coordinates a group is asked often: all its partitions wait for it.
 * @param sessionTimeout in milliseconds
 */
export function clientOfSubscriptions(sessionTimeout: number): Partial<KafkaConfig> {
  return {
    requestTimeout: Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, sessionTimeout)),
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 24 },
  };
}

/** A kafkajs consumer that commits nothing by itself. @param stopping aborted when it is not to be started again */
export function createConsumer(
  kafka: Kafka,
  groupId: string,
  settings: SubscriptionSettings,
  stopping: AbortSignal,
): Consumer {
  return kafka.consumer({
    groupId,
    sessionTimeout: settings.sessionTimeout,
    rebalanceTimeout: settings.sessionTimeout,
    heartbeatInterval: Math.floor(settings.sessionTimeout / 6),
    // Seeking and closing wait for the fetch under way, which waits this long for records.
    maxWaitTimeInMs: 250,
    minBytes: 1,
    maxBytes: settings.maxBytes,
    maxBytesPerPartition: settings.maxBytesPerPartition,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    // Otherwise a consumer whose brokers are away would be started again and again after it was closed.
    retry: { ...BATCH_RETRY, restartOnFailure: () => Promise.resolve(!stopping.aborted) },
  });
}
