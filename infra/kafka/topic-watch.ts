import { StreamMismatchError, UnknownTopicError } from '../event-log/log';
import type { Logger } from '../logger';
import { Poller } from '../poller';
import type { Cluster } from './cluster';

export interface TopicWatchOptions {
  readonly cluster: Cluster;
  readonly topic: string;
  /** How many partitions it must have; absent: any number. */
  readonly partitions: number | undefined;
  /** How often it is looked at, in milliseconds. */
  readonly interval: number;
  readonly logger: Logger;
}

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Notices when a topic is no longer the one that a consumer began to read: partitions were added, or it was deleted and made anew.
 * Nothing else would tell: fetching by name and offset goes on as before.
 */
export class TopicWatch {
  private topicId: string | undefined;
  private poller: Poller | undefined;

  constructor(private readonly options: TopicWatchOptions) {}

  /**
   * Looks at the topic.
   * @throws {StreamMismatchError} when it must not be read on
   * @throws {UnknownTopicError}
   * @throws {Error} when no broker answers in time
   */
  async check(): Promise<void> {
    const { cluster, topic, partitions: wanted } = this.options;
    const [described, id] = await Promise.all([
      cluster.describe(topic, ANSWER_TIMEOUT_MS),
      cluster.topicId(topic, ANSWER_TIMEOUT_MS),
    ]);
    if (!described) throw new UnknownTopicError(topic);
    const { size } = described.leaders;
    if (wanted !== undefined && size > 0 && size !== wanted)
      throw new StreamMismatchError(wrongPartitions(topic, size, wanted));
    if (this.topicId && id && id !== this.topicId)
      throw new StreamMismatchError(
        `The topic ${topic} was deleted and made anew while it was read: its ID was ${this.topicId}, and is ${id}.`,
      );
    this.topicId ??= id;
  }

  /** Looks at it now and then. @param onMismatch called when it must not be read on; perhaps repeatedly */
  start(onMismatch: (error: StreamMismatchError) => void): void {
    const { topic, interval, logger } = this.options;
    this.poller = new Poller({
      work: () => this.check().then(() => false),
      interval,
      onError: (error) => {
        if (error instanceof StreamMismatchError) onMismatch(error);
        else logger.debug({ err: error, topic }, 'the topic could not be looked at');
      },
    });
    this.poller.start();
  }

  async close(): Promise<void> {
    await this.poller?.close();
  }
}

/** What is wrong with a topic of so many partitions, and what to do. */
export function wrongPartitions(topic: string, size: number, wanted: number): string {
  return (
    `${topic} has ${size} partitions and must have ${wanted}: with another number the records of a key would be torn apart. ` +
    'Point KAFKA_BROKERS and TOPIC_PREFIX at the topics that belong to this installation. ' +
    `Kafka cannot take partitions away that were added: copy the records into a topic with ${wanted}, under another TOPIC_PREFIX.`
  );
}
