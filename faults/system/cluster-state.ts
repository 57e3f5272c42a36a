import type { Admin } from 'kafkajs';
import { createKafka, kafkaSettings } from '../../infra/kafka/client';
import { Link } from '../../infra/kafka/link';
import { requestOf, type Request } from '../../infra/kafka/protocol/request';
import type { ByteReader } from '../../infra/kafka/protocol/byte-reader';
import { createLogger } from '../../infra/logger';
import type { TestEnvironment } from '../../test/environment';

/** Patient, as the machine is busy, and what is asked is no part of what is measured. */
const ANSWER_TIMEOUT_MS = 30_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a partition is, as the brokers that are up know it. */
export interface PartitionState {
  readonly partition: number;
  /** A node; -1: none at present. */
  readonly leader: number;
  /** The nodes that hold all of it. */
  readonly inSync: readonly number[];
}

/** The state of every partition of a topic. @throws {Error} when no broker answers in time */
export function partitionsOf(
  environment: TestEnvironment,
  topic: string,
): Promise<readonly PartitionState[]> {
  return asking(environment, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]!.partitions.map(({ partitionId, leader, isr }) => ({
      partition: partitionId,
      leader,
      inSync: isr,
    }));
  });
}

/** The brokers that are up: the address of each node. @throws {Error} when none answers in time */
export function brokersOf(environment: TestEnvironment): Promise<ReadonlyMap<number, Address>> {
  return asking(environment, async (admin) => {
    const { brokers } = await admin.describeCluster();
    return new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  });
}

/**
 * The node that leads the quorum of the controllers. What a Metadata response calls the controller is any broker that is up.
 * @throws {Error} when no broker knows
 */
export async function activeController(environment: TestEnvironment): Promise<number> {
  const failures: unknown[] = [];
  for (const address of (await brokersOf(environment)).values()) {
    try {
      return await askForController(environment, address);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, 'no broker knows which controller is active');
}

async function askForController({ config }: TestEnvironment, { host, port }: Address): Promise<number> {
  const settings = kafkaSettings(config, 'faults');
  const link = new Link(host, port, settings, createLogger('silent'), ANSWER_TIMEOUT_MS);
  try {
    await link.open();
    const { errorCode, leader } = await link.send(QUORUM_REQUEST, ANSWER_TIMEOUT_MS);
    if (errorCode !== 0 || leader < 0) throw new Error(`error ${errorCode}, leader ${leader}`);
    return leader;
  } finally {
    link.close();
  }
}

async function asking<T>({ config }: TestEnvironment, question: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = createKafka(kafkaSettings(config, 'faults'), createLogger('silent')).admin();
  await admin.connect();
  try {
    return await question(admin);
  } finally {
    await admin.disconnect();
  }
}

const METADATA_LOG = Buffer.from('__cluster_metadata');
const NO_TAGS = 0;
/** In this format the lengths are one more than there are. */
const ONE = 1 + 1;

/** A DescribeQuorum request (version 0), which a broker passes on to the controller that leads. */
const QUORUM_REQUEST: Request<{ readonly errorCode: number; readonly leader: number }> = requestOf({
  apiKey: 55,
  apiVersion: 0,
  apiName: 'DescribeQuorum',
  body: Buffer.concat([
    // The first tags belong to the head of the request, which kafkajs writes without them.
    Buffer.from([NO_TAGS, ONE, METADATA_LOG.length + 1]),
    METADATA_LOG,
    Buffer.from([ONE, 0, 0, 0, 0, NO_TAGS, NO_TAGS, NO_TAGS]),
  ]),
  read: quorumIn,
});

/** What comes behind the leader is not read. */
function quorumIn(response: ByteReader): { errorCode: number; leader: number } {
  response.tags();
  const whole = response.int16();
  if (whole !== 0) return { errorCode: whole, leader: -1 };
  response.compactLength(); // topics: the one
  response.compactString();
  response.compactLength(); // partitions: the one
  response.int32();
  return { errorCode: response.int16(), leader: response.int32() };
}
