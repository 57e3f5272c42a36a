import type { Admin, Kafka } from 'kafkajs';
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
import { readRanges } from './reader';
import { DEFAULT_SUBSCRIPTION, type SubscriptionSettings } from './consumer';
import { KafkaSubscription } from './subscription';

const QUESTION_TIMEOUT_MS = 5_000;

export interface KafkaLogOptions extends Partial<SubscriptionSettings> {
  /** How long an append may take until its outcome counts as unknown, in milliseconds. */
  readonly appendTimeout?: number;
  /** How many partitions topics must have, by name: to a topic with another number nothing is appended. */
  readonly partitions?: Readonly<Record<string, number>>;
}

/** The log on Kafka. One connection for questions (bounds, identity); appenders and subscriptions have their own. */
export class KafkaLog implements Log {
  private readonly kafka: Kafka;
  private admin: Promise<Admin> | undefined;
  /** kafkajs takes one partition without a leader for an error of all topics: what can be is asked without it. */
  private readonly cluster: Cluster;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly logger: Logger,
    private readonly options: KafkaLogOptions = {},
  ) {
    this.kafka = createKafka(settings, logger);
    this.cluster = new Cluster(settings, logger);
  }

  createAppender(): Appender {
    const { appendTimeout: timeout = 2_000, partitions } = this.options;
    return new KafkaAppender(this.settings, this.logger, { timeout, partitions });
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    const settings = { ...DEFAULT_SUBSCRIPTION, ...this.options };
    const bounds = () => this.bounds(options.topic);
    const subscription = new KafkaSubscription(this.kafka, options, bounds, settings, this.logger);
    await subscription.start();
    return subscription;
  }

  read(topic: string, options: ReadOptions): AsyncIterable<LogBatch> {
    return readRanges(this.kafka, topic, options, () => this.bounds(topic), this.logger);
  }

  async bounds(topic: string): Promise<PartitionBounds[]> {
    const offsets = await this.askOf(topic, (admin) => admin.fetchTopicOffsets(topic));
    return offsets
      .map(({ partition, low, high }) => ({ partition, start: Number(low), end: Number(high) }))
      .sort((a, b) => a.partition - b.partition);
  }

  async positionsAt(topic: string, time: number): Promise<Position[]> {
    const offsets = await this.askOf(topic, (admin) => admin.fetchTopicOffsetsByTimestamp(topic, time));
    return offsets
      .map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
      .sort((a, b) => a.partition - b.partition);
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

  async close(): Promise<void> {
    const admin = this.admin;
    this.admin = undefined;
    this.cluster.close();
    await admin?.then((connected) => connected.disconnect()).catch(() => undefined);
  }

  /** @throws {UnknownTopicError} */
  private async askOf<T>(topic: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await this.ask(question);
    } catch (error) {
      if (isUnknownTopic(error)) throw new UnknownTopicError(topic, { cause: error });
      throw error;
    }
  }

  /**
   * Asks over the one admin connection. What kafkajs knows of the leaders goes stale when one moves, and it doesn't look
   * again: a connection that failed is thrown away, and if it was an old one the question is asked again over a new one.
   */
  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const known = this.admin;
    try {
      return await this.askOnce(question);
    } catch (error) {
      if (!known) throw error;
      return this.askOnce(question);
    }
  }

  private async askOnce<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const connecting = (this.admin ??= this.connect());
    try {
      return await question(await connecting);
    } catch (error) {
      if (this.admin === connecting) this.admin = undefined;
      void connecting.then((admin) => admin.disconnect()).catch(() => undefined);
      throw error;
    }
  }

  private async connect(): Promise<Admin> {
    const admin = createKafka(this.settings, this.logger, {
      retry: { retries: 2, initialRetryTime: 100 },
    }).admin();
    try {
      await admin.connect();
    } catch (error) {
      // kafkajs leaves its sockets open when it fails.
      await admin.disconnect().catch(() => undefined);
      throw error;
    }
    return admin;
  }
}

/** kafkajs wraps what it has tried several times. */
function isUnknownTopic(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause)
    if ((e as { type?: unknown }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return true;
  return false;
}
