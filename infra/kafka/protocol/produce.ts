import type { ByteReader } from './byte-reader';
import { partitionsIn, requestOf, sizeOfString, writeString, type Request } from './request';

/** What is to be appended to one partition: a record batch as `encodeCompressedBatch` makes it. */
export interface PartitionBatch {
  readonly partition: number;
  readonly batch: Buffer;
}

/** What the leader of a partition answered. `errorCode` 0: the batch is in the log, its first record at `baseOffset`. */
export interface PartitionAnswer {
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: number;
}

const ALL_IN_SYNC_REPLICAS = -1;
/** Transactional ID (null), acks, timeout, and the number of topics, which is one. */
const FIXED_BYTES = 2 + 2 + 4 + 4;

/**
 * A Produce request (version 7) for partitions of one topic, with acks=all. Unlike the library's it resolves with the answer of
 * each partition, whether good or bad.
 * @param timeout how long the broker may wait for the in-sync replicas, in milliseconds
 */
export function produceRequest(
  topic: string,
  batches: readonly PartitionBatch[],
  timeout: number,
): Request<PartitionAnswer[]> {
  return requestOf({
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    body: bodyOf(topic, batches, timeout),
    read: answersIn,
  });
}

function bodyOf(topic: string, batches: readonly PartitionBatch[], timeout: number): Buffer {
  const size = batches.reduce(
    (sum, { batch }) => sum + 8 + batch.length,
    FIXED_BYTES + sizeOfString(topic) + 4,
  );
  const bytes = Buffer.allocUnsafe(size);
  let at = bytes.writeInt16BE(-1, 0);
  at = bytes.writeInt16BE(ALL_IN_SYNC_REPLICAS, at);
  at = bytes.writeInt32BE(Math.round(timeout), at);
  at = bytes.writeInt32BE(1, at);
  at = writeString(bytes, at, topic);
  at = bytes.writeInt32BE(batches.length, at);
  for (const { partition, batch } of batches) {
    at = bytes.writeInt32BE(partition, at);
    at = bytes.writeInt32BE(batch.length, at);
    at += batch.copy(bytes, at);
  }
  return bytes;
}

function answersIn(response: ByteReader): PartitionAnswer[] {
  return partitionsIn(response, answerIn);
}

function answerIn(response: ByteReader): PartitionAnswer {
  const answer = {
    partition: response.int32(),
    errorCode: response.int16(),
    baseOffset: response.int64(),
  };
  response.int64(); // log append time
  response.int64(); // log start offset
  return answer;
}
