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
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  /** The node that leads each partition; -1: none at present. */
  readonly leaders: ReadonlyMap<number, number>;
}

/** A Metadata request (version 6) for one topic, which is not created by it. One partition's error is that partition's alone. */
export function metadataRequest(topic: string): Request<TopicMetadata> {
  const body = Buffer.alloc(4 + sizeOfString(topic) + 1);
  writeString(body, body.writeInt32BE(1, 0), topic);
  return requestOf({ apiKey: 3, apiVersion: 6, apiName: 'Metadata', body, read: metadataIn });
}

function metadataIn(response: ByteReader): TopicMetadata {
  response.int32(); // throttle time
  const brokers = response.array(brokerIn);
  response.string(); // cluster ID
  response.int32(); // controller
  const [topic] = response.array(topicIn);
  return {
    errorCode: topic?.errorCode ?? 0,
    brokers: new Map(brokers.map((broker) => [broker.nodeId, broker])),
    leaders: new Map(topic?.partitions.map(({ partition, leader }) => [partition, leader])),
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
  for (let list = 0; list < 3; list += 1) response.array((reader) => reader.int32()); // replicas, in sync, offline
  return { partition, leader };
}
