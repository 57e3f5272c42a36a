import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { withDeadline } from '../deadline';
import { UnknownTopicError } from '../event-log/log';
import type { Logger } from '../logger';
import { KafkaAwayError } from './away';
import { rotated, type KafkaSettings } from './client';
import { Link } from './link';
import { TOPIC_AUTHORIZATION_FAILED, UNKNOWN_TOPIC_OR_PARTITION } from './protocol/errors';
import { metadataRequest, type BrokerAddress, type TopicMetadata } from './protocol/metadata';
import { TOPIC_ID_REQUEST, topicIdRequest } from './protocol/topic-id';

/** How long one broker may take to be connected to, and to answer a question, before the next one is asked; milliseconds. */
export const LONGEST_TRY_MS = 2_000;

/**
 * What a producer knows of the cluster: who leads which partition, and a link to each leader. It is kept until it is found stale.
 */
export class Cluster {
  private readonly metadata = new Map<string, TopicMetadata>();
  private readonly asking = new Map<string, Promise<TopicMetadata>>();
  private readonly links = new Map<string, Link>();
  /** Questions go over a link of their own: a broker answers the requests of one connection in turn, and produce requests wait. */
  private questions: Link | undefined;
  private tries = 0;
  private closed = false;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly logger: Logger,
  ) {}

  /**
   * Where the partitions of the topic are, as far as it is known: see `refresh`.
   * @param timeout milliseconds
   * @throws {Error} when nothing is known yet and no broker answers in time, or the topic is not there
   */
  async metadataOf(topic: string, timeout: number): Promise<TopicMetadata> {
    return this.metadata.get(topic) ?? withDeadline(timeout, () => this.askOnce(topic, timeout));
  }

  /**
   * The cluster and the brokers that are up, without any topic.
   * @throws {Error} when no broker answers in time
   */
  brokers(timeout: number): Promise<TopicMetadata> {
    return this.ask(undefined, performance.now() + timeout);
  }

  /**
   * The topic as a broker knows it now; undefined where it is not there.
   * @throws {Error} when no broker answers in time
   */
  async describe(topic: string, timeout: number): Promise<TopicMetadata | undefined> {
    try {
      return await this.ask(topic, performance.now() + timeout);
    } catch (error) {
      if (error instanceof UnknownTopicError) return undefined;
      throw error;
    }
  }

  /**
   * The ID by which the topic is known again, as long as it is not deleted; undefined where the brokers have no such IDs.
   * @throws {UnknownTopicError}
   * @throws {Error} when no broker answers in time
   */
  topicId(topic: string, timeout: number): Promise<string | undefined> {
    return this.askAnybody(performance.now() + timeout, async (link, left) => {
      if (!link.takes(TOPIC_ID_REQUEST)) return undefined;
      const { errorCode, topicId } = await link.send(topicIdRequest(topic), left);
      if (errorCode === UNKNOWN_TOPIC_OR_PARTITION) throw new UnknownTopicError(topic);
      if (errorCode !== 0) throw createErrorFromCode(errorCode);
      return topicId;
    });
  }

  /** What is known of the topic may be stale: asks again. Meanwhile the healthy partitions go on with what is known. */
  refresh(topic: string): void {
    this.askOnce(topic, 2 * LONGEST_TRY_MS).catch(() => undefined);
  }

  /** The link to a broker. @param purpose links of different purposes are different connections */
  linkTo({ nodeId, host, port }: BrokerAddress, purpose = ''): Link {
    const key = `${nodeId} ${host}:${port} ${purpose}`;
    let link = this.links.get(key);
    if (link?.isLost) {
      this.drop(link);
      link = undefined;
    }
    if (!link) {
      link = new Link(host, port, this.settings, this.logger, LONGEST_TRY_MS);
      this.links.set(key, link);
    }
    return link;
  }

  /** The same, open. @param timeout in milliseconds @throws {Error} where it does not open in that time */
  async openLinkTo(broker: BrokerAddress, purpose: string, timeout: number): Promise<Link> {
    const link = this.linkTo(broker, purpose);
    await withDeadline(timeout, () => link.open());
    return link;
  }

  /** Closes a link that has failed or is not needed any more; `linkTo` makes a new one. */
  drop(link: Link): void {
    for (const [key, known] of this.links) if (known === link) this.links.delete(key);
    if (this.questions === link) this.questions = undefined;
    link.close();
  }

  close(): void {
    this.closed = true;
    for (const link of this.links.values()) link.close();
    this.links.clear();
    this.questions?.close();
    this.questions = undefined;
  }

  private askOnce(topic: string, timeout: number): Promise<TopicMetadata> {
    let asking = this.asking.get(topic);
    if (!asking) {
      asking = this.ask(topic, performance.now() + timeout).finally(() => this.asking.delete(topic));
      this.asking.set(topic, asking);
    }
    return asking;
  }

  private async ask(topic: string | undefined, deadline: number): Promise<TopicMetadata> {
    const metadata = await this.askAnybody(deadline, async (link, left) => {
      const answer = await link.send(metadataRequest(topic), left);
      if (topic !== undefined && answer.errorCode === UNKNOWN_TOPIC_OR_PARTITION)
        throw new UnknownTopicError(topic);
      // Without this it would look like a topic that has no partitions.
      if (topic !== undefined && answer.errorCode === TOPIC_AUTHORIZATION_FAILED)
        throw createErrorFromCode(answer.errorCode);
      return answer;
    });
    if (topic !== undefined && !this.closed) this.metadata.set(topic, metadata);
    return metadata;
  }

  /** Asks one broker after the other, until one knows. */
  private async askAnybody<T>(
    deadline: number,
    question: (link: Link, timeout: number) => Promise<T>,
  ): Promise<T> {
    let failure: unknown = new KafkaAwayError('there was no time to ask');
    for (let turn = 0; turn < 2 * this.settings.brokers.length; turn += 1) {
      const left = Math.min(LONGEST_TRY_MS, deadline - performance.now());
      if (left <= 0 || this.closed) break;
      if (this.questions?.isLost) this.drop(this.questions);
      const link = (this.questions ??= this.nextLink());
      try {
        await withDeadline(left, () => link.open());
        const answer = await withDeadline(left, () => question(link, left));
        if (this.closed) break;
        return answer;
      } catch (error) {
        failure = error;
        // Another broker may know of a topic that was just created; the link is fine.
        if (error instanceof UnknownTopicError && turn > 0) throw error;
        this.drop(link);
      }
    }
    throw failure;
  }

  /** To another broker each time: one that has failed is not insisted on. */
  private nextLink(): Link {
    const [address = ''] = rotated(this.settings.brokers, this.tries++);
    const at = address.lastIndexOf(':');
    const host = address.slice(0, at);
    return new Link(host, Number(address.slice(at + 1)), this.settings, this.logger, LONGEST_TRY_MS);
  }
}

/** What concerns single partitions, by the node that leads them; -1: nobody does at present. */
export function byLeader<T extends { readonly partition: number }>(
  all: readonly T[],
  leaders: TopicMetadata['leaders'],
): Map<number, T[]> {
  const led = new Map<number, T[]>();
  for (const each of all) {
    const leader = leaders.get(each.partition) ?? -1;
    const known = led.get(leader);
    if (known) known.push(each);
    else led.set(leader, [each]);
  }
  return led;
}
