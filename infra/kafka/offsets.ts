import { setTimeout as delay } from 'node:timers/promises';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { withDeadline } from '../deadline';
import { UnknownTopicError, type PartitionBounds, type Position } from '../event-log/log';
import { KafkaAwayError } from './away';
import { byLeader, type Cluster } from './cluster';
import type { Link } from './link';
import { END, listOffsetsRequest, START } from './protocol/list-offsets';
import type { BrokerAddress } from './protocol/metadata';
import type { Request } from './protocol/request';

/** How long all partitions may take to be answered for, and one of their leaders; milliseconds. */
const ALL_MS = 5_000;
const ONE_MS = 2_000;
const PAUSE_MS = 100;
/** Over connections of their own: a broker answers the requests of one connection in turn, and others may wait. */
const PURPOSE = 'offsets';

/** The answers of one attempt, by partition. */
type Offsets = ReadonlyMap<number, number>;
interface Attempt {
  readonly partitions: readonly number[];
  readonly answers: readonly Offsets[];
  /** Of a partition that was not answered for. */
  readonly failure: Error | undefined;
}

/**
 * Asks the leaders of a topic's partitions where these begin and end.
 *
 * kafkajs' own way takes one partition without a leader for an error of all of them.
 */
export class OffsetQuestions {
  constructor(private readonly cluster: Cluster) {}

  /**
   * The bounds of every partition, in partition order. Leaders that are just moving are waited for.
   * @throws {UnknownTopicError}
   * @throws {Error} when a partition is not answered for within five seconds
   */
  async bounds(topic: string): Promise<PartitionBounds[]> {
    return boundsIn(await this.askAll(topic, [START, END]));
  }

  /**
   * The bounds of those partitions whose leaders answer now: asks once, and leaves out the others.
   * @throws {UnknownTopicError}
   */
  async knownBounds(topic: string): Promise<PartitionBounds[]> {
    return boundsIn(await this.ask(topic, [START, END]));
  }

  /** As `Log.positionsAt`, and `bounds`. */
  async positionsAt(topic: string, time: number): Promise<Position[]> {
    const { partitions, answers } = await this.askAll(topic, [time, END]);
    const [found, ends] = answers as [Offsets, Offsets];
    return partitions.map((partition) => {
      const offset = found.get(partition)!;
      return { partition, offset: offset < 0 ? ends.get(partition)! : offset };
    });
  }

  private async askAll(topic: string, times: readonly number[]): Promise<Attempt> {
    const deadline = performance.now() + ALL_MS;
    for (;;) {
      const attempt = await this.ask(topic, times);
      if (!attempt.failure) return attempt;
      if (performance.now() > deadline) throw attempt.failure;
      await delay(PAUSE_MS);
    }
  }

  /** One attempt. */
  private async ask(topic: string, times: readonly number[]): Promise<Attempt> {
    const described = await this.cluster.describe(topic, ALL_MS);
    if (!described) throw new UnknownTopicError(topic);
    const { leaders, brokers } = described;
    const partitions = [...leaders.keys()].sort((a, b) => a - b);
    const answers = times.map(() => new Map<number, number>());
    let failure: Error | undefined;
    if (partitions.length === 0) failure = new KafkaAwayError(`the partitions of ${topic} are not known yet`);
    const wanted = partitions.map((partition) => ({ partition }));
    const led = [...byLeader(wanted, leaders)].map(async ([leader, some]) => {
      const numbers = some.map(({ partition }) => partition);
      try {
        const broker = brokers.get(leader);
        if (!broker) throw new KafkaAwayError('it has no leader at present');
        await Promise.all(times.map((time, i) => this.askOne(broker, topic, numbers, time, answers[i]!)));
      } catch (error) {
        failure = new Error(`partition ${numbers.join(', ')} of ${topic}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    });
    await Promise.all(led);
    return { partitions, answers, failure };
  }

  /** Adds what one leader says to the answers. @throws {Error} where it does not answer for each of the partitions */
  private async askOne(
    broker: BrokerAddress,
    topic: string,
    partitions: readonly number[],
    time: number,
    answers: Map<number, number>,
  ): Promise<void> {
    const link = this.cluster.linkTo(broker, PURPOSE);
    const request = listOffsetsRequest(topic, partitions, time);
    const found = await this.over(link, request);
    for (const { partition, errorCode, offset } of found) if (errorCode === 0) answers.set(partition, offset);
    const failed = found.find(({ errorCode }) => errorCode !== 0);
    if (failed) throw createErrorFromCode(failed.errorCode);
  }

  private async over<T>(link: Link, request: Request<T>): Promise<T> {
    try {
      await withDeadline(ONE_MS, () => link.open());
      return await withDeadline(ONE_MS, () => link.send(request, ONE_MS));
    } catch (error) {
      this.cluster.drop(link);
      throw error;
    }
  }
}

function boundsIn({ partitions, answers }: Attempt): PartitionBounds[] {
  const [starts, ends] = answers as [Offsets, Offsets];
  return partitions.flatMap((partition) => {
    const start = starts.get(partition);
    const end = ends.get(partition);
    return start === undefined || end === undefined ? [] : [{ partition, start, end }];
  });
}
