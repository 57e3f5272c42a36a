import type { ByteReader } from './byte-reader';
import { partitionsIn, requestOf, sizeOfString, writeString, type Request } from './request';

/** Special times of `listOffsetsRequest`: the end of what is committed, and the first record that is left. */
export const END = -1;
export const START = -2;

/** What the leader of a partition answered. */
export interface PartitionOffset {
  readonly partition: number;
  /** 0: the rest is valid. */
  readonly errorCode: number;
  /** -1: no record is so young. */
  readonly offset: number;
}

const ANY_CLIENT = -1;
const READ_COMMITTED = 1;

/**
 * A ListOffsets request (version 2) for partitions of one topic: the first record of this time or a later one, of what is
 * committed.
 * @param time milliseconds since the epoch, or `END`, or `START`
 */
export function listOffsetsRequest(
  topic: string,
  partitions: readonly number[],
  time: number,
): Request<PartitionOffset[]> {
  const bytes = Buffer.alloc(4 + 1 + 4 + sizeOfString(topic) + 4 + partitions.length * 12);
  let at = bytes.writeInt32BE(ANY_CLIENT, 0);
  at = bytes.writeInt8(READ_COMMITTED, at);
  at = bytes.writeInt32BE(1, at);
  at = writeString(bytes, at, topic);
  at = bytes.writeInt32BE(partitions.length, at);
  for (const partition of partitions) {
    at = bytes.writeInt32BE(partition, at);
    at = bytes.writeBigInt64BE(BigInt(time), at);
  }
  return requestOf({ apiKey: 2, apiVersion: 2, apiName: 'ListOffsets', body: bytes, read: answersIn });
}

function answersIn(response: ByteReader): PartitionOffset[] {
  response.int32(); // throttle time
  return partitionsIn(response, answerIn);
}

function answerIn(response: ByteReader): PartitionOffset {
  const partition = response.int32();
  const errorCode = response.int16();
  response.int64(); // the record's time
  return { partition, errorCode, offset: response.int64() };
}
