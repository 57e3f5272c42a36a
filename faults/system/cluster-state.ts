import { createKafka, kafkaSettings } from '../../infra/kafka/client';
import { Cluster } from '../../infra/kafka/cluster';
import { requestOf, type Request } from '../../infra/kafka/protocol/request';
import type { ByteReader } from '../../infra/kafka/protocol/byte-reader';
import { createLogger } from '../../infra/logger';
import type { TestEnvironment } from '../../test/environment';

const ANSWER_TIMEOUT_MS = 30_000;

/** Where a partition is, as the brokers that are up know it. */
export interface PartitionState {
  readonly partition: number;
  /** A node; -1: none at present. */
  readonly leader: number;
  /** The nodes that hold all of it. */
  readonly inSync: readonly number[];
}

/** The state of every partition of a topic. @throws {Error} when no broker answers in time */
export async function partitionsOf(
  { config }: TestEnvironment,
  topic: string,
): Promise<readonly PartitionState[]> {
  const admin = createKafka(kafkaSettings(config, 'faults'), createLogger('silent')).admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]!.partitions.map(({ partitionId, leader, isr }) => ({
      partition: partitionId,
      leader,
      inSync: isr,
    }));
  } finally {
    await admin.disconnect();
  }
}

/**
 * The node that leads the quorum of the controllers. What a Metadata response calls the controller is any broker that is up.
 * @throws {Error} when no broker answers in time
 */
export function activeController(environment: TestEnvironment): Promise<number> {
  return withCluster(environment, async (cluster) => {
    const { brokers } = await cluster.brokers(ANSWER_TIMEOUT_MS);
    const [any] = [...brokers.values()];
    const link = cluster.linkTo(any!);
    await link.open();
    const { errorCode, leader } = await link.send(QUORUM_REQUEST, ANSWER_TIMEOUT_MS);
    if (errorCode !== 0) throw new Error(`the quorum could not be described: error ${errorCode}`);
    return leader;
  });
}

/** Runs an action with a connection to the cluster that ends with it. */
export async function withCluster<T>(
  { config }: TestEnvironment,
  action: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = new Cluster(kafkaSettings(config, 'faults'), createLogger('silent'));
  try {
    return await action(cluster);
  } finally {
    cluster.close();
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
