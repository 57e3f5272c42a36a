import fetchV11 from 'kafkajs/src/protocol/requests/fetch/v11/response';
import type { LogRecord } from '../event-log/log';
import { once } from './once';
import { BatchLayout, MAGIC } from './protocol/batch-layout';
import { ByteReader } from './protocol/byte-reader';
import { fetchedPartitionIn, type FetchedPartition } from './protocol/fetch';
import { readBatches } from './protocol/read-batches';

/** A message of a batch, as kafkajs hands it on. The library itself looks at offset and kind alone. */
export class FetchedMessage {
  /**
   * @param offset a whole number; the library makes a BigInt of it
   * @param record undefined where it is no record for consumers, and kafkajs only goes on behind it
   */
  constructor(
    readonly offset: number,
    readonly record: LogRecord | undefined,
  ) {}

  get isControlRecord(): boolean {
    return this.record === undefined;
  }

  get key(): Buffer | null {
    return this.record?.key ?? null;
  }

  get value(): Buffer | null {
    return this.record?.value ?? null;
  }

  get timestamp(): string {
    return String(this.record?.timestamp ?? -1);
  }

  get headers(): Readonly<Record<string, Buffer>> {
    return this.record?.headers ?? {};
  }
}

type FetchResponse = Awaited<ReturnType<typeof fetchV11.decode>>;

const NO_REPLICA = -1;

/**
 * Has kafkajs read the records of fetch responses by our own reader (`readBatches`). Its own makes several objects for each of the
 * seven headers of an event, and looks at the offset of each record more than once. What else a consumer is stays kafkajs'.
 * A response in the format from before Kafka 0.11 is left to it.
 */
export const readFetchesByOurselves = once(() => {
  const { decode } = fetchV11;
  fetchV11.decode = (bytes) => {
    const read = responseIn(bytes);
    return read ? Promise.resolve(read) : decode(bytes);
  };
});

/** @returns undefined where a partition has records in an old format @throws {Error} where records are damaged */
function responseIn(bytes: Buffer): FetchResponse | undefined {
  const response = new ByteReader(bytes);
  const clientSideThrottleTime = response.int32();
  const errorCode = response.int16();
  const sessionId = response.int32();
  const topics = response.array((topic) => ({
    topicName: topic.string(),
    fetched: topic.array(fetchedPartitionIn),
  }));
  if (topics.some(({ fetched }) => fetched.some(isOld))) return undefined;
  const responses = topics.map(({ topicName, fetched }) => ({
    topicName,
    partitions: fetched.map(toPartition),
  }));
  // The broker does not throttle by itself: it expects that of the client.
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

function isOld({ bytes }: FetchedPartition): boolean {
  return bytes.length > BatchLayout.magic && bytes[BatchLayout.magic] !== MAGIC;
}

function toPartition(fetched: FetchedPartition): FetchResponse['responses'][number]['partitions'][number] {
  const { partition, errorCode, highWatermark } = fetched;
  const end = String(highWatermark);
  return {
    ...{ partition, errorCode, highWatermark: end, lastStableOffset: end, lastStartOffset: '0' },
    ...{ abortedTransactions: [], preferredReadReplica: NO_REPLICA },
    messages: messagesOf(fetched),
  };
}

/**
 * The records, without those of transactions that were given up. Where what was fetched goes on behind the last of them, one
 * message that is no record says up to where.
 */
function messagesOf(fetched: FetchedPartition): FetchedMessage[] {
  const { records, nextOffset } = readBatches(fetched, 0);
  const messages = records.map((record) => new FetchedMessage(record.offset, record));
  const last = nextOffset - 1;
  if (last > (records.at(-1)?.offset ?? -1)) messages.push(new FetchedMessage(last, undefined));
  return messages;
}
