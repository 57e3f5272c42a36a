import type { Kafka } from 'kafkajs';
import {
  UnknownTopicError,
  type Appender,
  type Log,
  type LogBatch,
  type PartitionBounds,
  type Position,
  type ReadOptions,
  type SubscribeOptions,
  type Subscription,
} from '../event-log/log';
import type { Logger } from '../logger';
import { KafkaAppender } from './appender';
import { createKafka, type KafkaSettings } from './client';
import { Cluster } from './cluster';
import { OffsetQuestions } from './offsets';
import { readRanges } from './reader';
import { clientOfSubscriptions, DEFAULT_SUBSCRIPTION, type SubscriptionSettings } from './consumer';
import { TopicWatch } from './topic-watch';
import { KafkaSubscription } from './subscription';

const QUESTION_TIMEOUT_MS = 5_000;

export interface KafkaLogOptions extends Partial<SubscriptionSettings> {
  /** How long an append may take until its outcome counts as unknown, in milliseconds. */
  readonly appendTimeout?: number;
  /** How many partitions topics must have, by name: to a topic with another number nothing is appended, and
   * nothing of it is given to subscriptions. */
  readonly partitions?: Readonly<Record<string, number>>;
}

/** The log on Kafka. A few connections for questions (bounds, identity); appenders, subscriptions and readers have their own. */
export class KafkaLog implements Log {
  private readonly kafka: Kafka;
  /** kafkajs takes one partition without a leader for an error of all topics: what can be is asked without it. */
  private readonly cluster: Cluster;
  private readonly offsets: OffsetQuestions;
  private readonly subscriptions: SubscriptionSettings;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly logger: Logger,
    private readonly options: KafkaLogOptions = {},
  ) {
    this.subscriptions = { ...DEFAULT_SUBSCRIPTION, ...options };
    this.kafka = createKafka(settings, logger, clientOfSubscriptions(this.subscriptions.sessionTimeout));
    this.cluster = new Cluster(settings, logger);
    this.offsets = new OffsetQuestions(this.cluster);
  }

  createAppender(): Appender {
    const { appendTimeout: timeout = 2_000, partitions } = this.options;
    return new KafkaAppender(this.settings, this.logger, { timeout, partitions });
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const settings = this.subscriptions;
    const bounds = () => this.offsets.knownBounds(options.topic);
    const { cluster, logger } = this;
    const { topic } = options;
    const watch = new TopicWatch({
      ...{ cluster, topic, logger, interval: settings.topicCheckInterval },
      partitions: this.options.partitions?.[topic],
    });
    await watch.check();
    const subscription = new KafkaSubscription(this.kafka, options, bounds, settings, logger);
    await subscription.start();
    watch.start((error) => subscription.fail(error));
    return {
      reread: (partition) => subscription.reread(partition),
      close: async () => void (await Promise.all([watch.close(), subscription.close()])),
    };
  }

  read(topic: string, options: ReadOptions): AsyncIterable<LogBatch> {
    const { cluster, logger } = this;
    return readRanges({ ...options, cluster, topic, logger, bounds: () => this.bounds(topic) });
  }

  bounds(topic: string): Promise<PartitionBounds[]> {
    return this.offsets.bounds(topic);
  }

  positionsAt(topic: string, time: number): Promise<Position[]> {
    return this.offsets.positionsAt(topic, time);
  }

  /**
   * Whether the topics have as many copies as the cluster can keep: one on each broker, three at most.
   * @throws {Error} naming a topic that has fewer, or a partition without a leader, and what to do
   */
  async assertCopies(topics: readonly string[]): Promise<void> {
    const described = await Promise.all(
      topics.map((topic) => this.cluster.describe(topic, QUESTION_TIMEOUT_MS)),
    );
    for (const [i, topic] of topics.entries()) {
      const found = described[i];
      if (!found) throw new UnknownTopicError(topic);
      const leaderless = [...found.leaders].find(([, leader]) => leader < 0);
      if (leaderless)
        throw new Error(`partition ${leaderless[0]} of topic ${topic} has no leader: see to its brokers`);
      const possible = Math.min(3, found.brokers.size);
      const fewest = Math.min(...found.copies.values());
      if (fewest >= possible) continue;
      throw new Error(
        `topic ${topic} has ${fewest} of the ${possible} copies that ${found.brokers.size} brokers can keep: add replicas with kafka-reassign-partitions.sh`,
      );
    }
  }

  async identity(): Promise<string> {
    return (await this.cluster.brokers(QUESTION_TIMEOUT_MS)).clusterId;
  }

  topicId(topic: string): Promise<string | undefined> {
    return this.cluster.topicId(topic, QUESTION_TIMEOUT_MS);
  }

  close(): Promise<void> {
    this.cluster.close();
    return Promise.resolve();
  }
}
