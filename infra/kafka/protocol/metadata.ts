import type { ByteReader } from './byte-reader';
import { requestOf, sizeOfString, writeString, type Request } from './request';

export interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** What a broker knows of a topic. Partitions without a leader, or on a broker that is away, are among the others. */
export interface TopicMetadata {
  readonly errorCode: number;
  readonly clusterId: string;
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  /** The node that leads each partition; -1: none at present. */
  readonly leaders: ReadonlyMap<number, number>;
  /** How many copies of each partition there are to be, whether their brokers are up or not. */
  readonly copies: ReadonlyMap<number, number>;
}

/**
 * A Metadata request (version 6) for one topic, which is not created by it. One partition's error is that partition's alone.
 * @param topic absent: only the cluster and its brokers are asked for
 */
export function metadataRequest(topic?: string): Request<TopicMetadata> {
  const body = Buffer.alloc(4 + (topic === undefined ? 0 : sizeOfString(topic)) + 1);
  if (topic !== undefined) writeString(body, body.writeInt32BE(1, 0), topic);
  return requestOf({ apiKey: 3, apiVersion: 6, apiName: 'Metadata', body, read: metadataIn });
}

function metadataIn(response: ByteReader): TopicMetadata {
  response.int32(); // throttle time
  const brokers = response.array(brokerIn);
  const clusterId = response.string();
  response.int32(); // controller
  const [topic] = response.array(topicIn);
  return {
    errorCode: topic?.errorCode ?? 0,
    clusterId,
    brokers: new Map(brokers.map((broker) => [broker.nodeId, broker])),
    leaders: new Map(topic?.partitions.map(({ partition, leader }) => [partition, leader])),
    copies: new Map(topic?.partitions.map(({ partition, copies }) => [partition, copies])),
  };
}

function brokerIn(response: ByteReader): BrokerAddress {
  const broker = { nodeId: response.int32(), host: response.string(), port: response.int32() };
  response.string(); // rack
  return broker;
}

function topicIn(response: ByteReader) {
  const errorCode = response.int16();
  response.string(); // name
  response.boolean(); // internal
  return { errorCode, partitions: response.array(partitionIn) };
}

function partitionIn(response: ByteReader) {
  response.int16(); // its error is that it has no leader, or one that the broker does not know
  const partition = response.int32();
  const leader = response.int32();
  const copies = response.array((reader) => reader.int32()).length;
  response.array((reader) => reader.int32()); // in sync
  response.array((reader) => reader.int32()); // offline
  return { partition, leader, copies };
}
