import type { ByteReader } from './byte-reader';
import { partitionsIn, requestOf, sizeOfString, writeString, type Request } from './request';

/** Where to go on in one partition, and how much of it is wanted. */
export interface PartitionFetch {
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
}

/** A transaction that was given up: what this producer wrote from the offset on, up to its mark, counts for nothing. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What the leader of a partition answered. */
export interface FetchedPartition {
  readonly partition: number;
  /** 0: the rest is valid. */
  readonly errorCode: number;
  /** The end of what all in-sync replicas have. */
  readonly highWatermark: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches: the first begins at the wanted offset or before it, the last may be cut off. */
  readonly bytes: Buffer;
}

export interface FetchOptions {
  /** How long the broker may wait for new records, in milliseconds. */
  readonly maxWait: number;
  /** How much of all partitions together is wanted, in bytes. A batch that is larger comes nevertheless, and alone. */
  readonly maxBytes: number;
}

const ANY_CLIENT = -1;
const READ_COMMITTED = 1;
/** No session: every request names all of its partitions. */
const NO_SESSION = 0;
const NO_EPOCH = -1;
/** Replica, wait, least and most bytes, isolation, session, its epoch, and the number of topics, which is one. */
const HEAD_BYTES = 4 + 4 + 4 + 4 + 1 + 4 + 4 + 4;
/** Partition, leader's epoch, offset, start of the log (a follower's to say), most bytes. */
const PARTITION_BYTES = 4 + 4 + 8 + 8 + 4;
/** The number of partitions before them; behind them no forgotten topics, and no rack. */
const REST_BYTES = 4 + 4 + 2;

/**
 * A Fetch request (version 11, the last that all of Kafka's relatives have, and the first but one that gives out zstd) for
 * partitions of one topic. It reads what is committed.
 */
export function fetchRequest(
  topic: string,
  partitions: readonly PartitionFetch[],
  { maxWait, maxBytes }: FetchOptions,
): Request<FetchedPartition[]> {
  const bytes = Buffer.alloc(
    HEAD_BYTES + sizeOfString(topic) + partitions.length * PARTITION_BYTES + REST_BYTES,
  );
  let at = bytes.writeInt32BE(ANY_CLIENT, 0);
  at = bytes.writeInt32BE(maxWait, at);
  at = bytes.writeInt32BE(1, at);
  at = bytes.writeInt32BE(maxBytes, at);
  at = bytes.writeInt8(READ_COMMITTED, at);
  at = bytes.writeInt32BE(NO_SESSION, at);
  at = bytes.writeInt32BE(NO_EPOCH, at);
  at = bytes.writeInt32BE(1, at);
  at = writeString(bytes, at, topic);
  at = bytes.writeInt32BE(partitions.length, at);
  for (const { partition, offset, maxBytes: most } of partitions) {
    at = bytes.writeInt32BE(partition, at);
    at = bytes.writeInt32BE(NO_EPOCH, at);
    at = bytes.writeBigInt64BE(BigInt(offset), at);
    at = bytes.writeBigInt64BE(-1n, at);
    at = bytes.writeInt32BE(most, at);
  }
  bytes.writeInt32BE(0, at);
  return requestOf({ apiKey: 1, apiVersion: 11, apiName: 'Fetch', body: bytes, read: answersIn });
}

function answersIn(response: ByteReader): FetchedPartition[] {
  response.int32(); // throttle time
  response.int16(); // an error of the session, which there is not
  response.int32(); // session
  return partitionsIn(response, fetchedPartitionIn);
}

/** What a response says of one partition. */
export function fetchedPartitionIn(response: ByteReader): FetchedPartition {
  const partition = response.int32();
  const errorCode = response.int16();
  const highWatermark = response.int64();
  response.int64(); // end of what is committed
  response.int64(); // start of the log
  const aborted = response.array((each) => ({ producerId: each.bigint64(), firstOffset: each.int64() }));
  response.int32(); // a replica nearer by
  return { partition, errorCode, highWatermark, aborted, bytes: response.bytes() };
}
