/**
 * The log as a port: the contract between the event stream and the rest of the code.
 *
 * Two adapters implement it and pass the same conformance suite (`conformance.ts`): Kafka (`infra/kafka`), and one in memory
 * for unit tests (`memory-log.ts`). Records are bytes here; `schemas/` gives them their meaning.
 */

/** The place of a record in a topic. Offsets stay far below 2^53, so a number holds them exactly. */
export interface Position {
  readonly partition: number;
  readonly offset: number;
}

/** A record to be appended. `key` determines the partition (murmur2, as in Kafka's own clients). */
export interface OutgoingRecord {
  readonly key: string | Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string | Buffer>>;
}

/** A record in the log. */
export interface LogRecord extends Position {
  /** Milliseconds since the epoch, as the broker stored it. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** One of the headers, where that costs less than all of them: see `headerOf`. */
  header?(name: string): Buffer | undefined;
}

/** One header of a record. Records of a log need not make all of their headers for it. */
export function headerOf(record: LogRecord, name: string): Buffer | undefined {
  return record.header ? record.header(name) : record.headers[name];
}

/** Consecutive records of one partition. */
export interface LogBatch {
  readonly partition: number;
  /** The offset that was requested: every record of the partition from here up to `nextOffset` is in the batch. */
  readonly fromOffset: number;
  /** The offset after the last record: where reading goes on. */
  readonly nextOffset: number;
  /** The end of the partition (offset of the next record to be written) when this batch was fetched. */
  readonly endOffset: number;
  /** Can be empty: some offsets hold no records for consumers, such as the markers of transactions. */
  readonly records: readonly LogRecord[];
}

/** A range of a partition: offsets from `start` up to, not including, `end`. */
export interface PartitionBounds {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** Records for one partition, in their order. */
export interface PartitionRecords {
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
}

/** The result of one attempt to append the records of one partition. */
export type AttemptResult =
  /** They are in the log, on all in-sync replicas, from this offset on. */
  | { readonly kind: 'appended'; readonly baseOffset: number }
  /** Surely not written; another attempt may succeed. */
  | { readonly kind: 'not-appended'; readonly error: Error }
  /**
   * Surely not written, and never will be together: some record, or all of them in one batch, is larger than the log
   * takes.
   */
  | { readonly kind: 'too-large'; readonly error: Error }
  /** A request was sent, and its result is not known: some or all of the records may be in the log. */
  | { readonly kind: 'in-doubt'; readonly error: Error };

export interface AttemptOptions {
  /** How long the log may take, in milliseconds. After that the result is `in-doubt`, unless nothing was sent. */
  readonly timeout: number;
  /** Sends it over a separate connection, so that other partitions need not wait for this one. */
  readonly apart?: boolean;
  /**
   * Called for each partition before its records are handed to the network. Until then they are surely not written, and they are
   * not handed over once the time is over.
   */
  readonly onWire?: (partition: number) => void;
}

/** Appends records, acknowledged by all in-sync replicas. It does not retry: that is the caller's decision. */
export interface Appender {
  /**
   * One attempt for each partition, in parallel. The promises settle one by one, as the responses arrive, and never reject:
   * a failure of one partition does not affect the others. While an attempt for a partition is under way, no other may be
   * begun for it, or the order of its records would be lost.
   */
  attempt(
    topic: string,
    batches: readonly PartitionRecords[],
    options: AttemptOptions,
  ): Promise<AttemptResult>[];
  /**
   * Appends the records, each to the partition of its key, and resolves with one entry for each, in order: its position once
   * the log has acknowledged it, or `undefined` where it did not (it may or may not be there). One call at a time: a second
   * concurrent call is a programming error and throws.
   * @throws {NotAppendedError} when surely none of the records was written.
   * @throws {AppendInDoubtError} when none was acknowledged, and some may have been written.
   */
  append(topic: string, records: readonly OutgoingRecord[]): Promise<(Position | undefined)[]>;
  close(): Promise<void>;
}

/** Surely nothing was written: safe to append again. */
export class NotAppendedError extends Error {
  override readonly name = 'NotAppendedError';
}

/**
 * Some or all of the records may have been written. Appending them again may create duplicates, but never loses any.
 */
export class AppendInDoubtError extends Error {
  override readonly name = 'AppendInDoubtError';
}

/**
 * Thrown by a batch handler when the stored position is not where the batch begins: another instance has advanced it. The
 * subscription then drops its state of the partition and asks `positionOf` again.
 */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** The stored positions belong to another stream, or records after them are missing. Not retried. */
export class StreamMismatchError extends Error {
  override readonly name = 'StreamMismatchError';
}

/** The topic does not exist. */
export class UnknownTopicError extends Error {
  override readonly name = 'UnknownTopicError';

  constructor(topic: string, options?: ErrorOptions) {
    super(`The topic ${topic} is not there`, options);
  }
}

export interface BatchContext {
  /** Keeps the member in its group. Throws when it has lost its partitions and should give up the batch. */
  heartbeat(): Promise<void>;
  /** Aborted when the subscription is being closed: stop waiting, but complete a commit that has begun. */
  readonly signal: AbortSignal;
}

export interface SubscribeOptions {
  readonly topic: string;
  /** The consumer group. Its members share the partitions. */
  readonly group: string;
  /** How many partitions are handled at a time. */
  readonly concurrency: number;
  /** The stored position of a partition: the offset of the next record to handle. Asked again after every rebalance. */
  positionOf(partition: number, context: BatchContext): Promise<number>;
  /**
   * Handles one batch. Batches of one partition come one after the other, without gap or overlap, starting at the stored
   * position. It resolves when the effects and the new position (`batch.nextOffset`) are stored.
   */
  handle(batch: LogBatch, context: BatchContext): Promise<void>;
  /** Called when this member may have lost partitions: state that is cached for them is invalid. */
  onAssigned(partitions: readonly number[]): void;
  /** Called once, when the subscription cannot continue. The process should exit and be restarted. */
  onFatal(error: Error): void;
}

export interface Subscription {
  /** The stored position of the partition is not what it was, other than by what was handled: asks for it, and goes on from there. */
  reread(partition: number): Promise<void>;
  /** Resolves when the running batches are done and the member has left the group. */
  close(): Promise<void>;
}

export interface ReadOptions {
  /** For each partition to be read: the first offset, and the offset to stop before (`Infinity`: follow for ever). */
  readonly ranges: readonly PartitionBounds[];
  readonly signal?: AbortSignal;
}

export interface Log {
  createAppender(): Appender;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Reads the ranges, in no group; batches of different partitions are interleaved. Ends when all have been read. */
  read(topic: string, options: ReadOptions): AsyncIterable<LogBatch>;
  /**
   * The bounds of every partition of the topic, in partition order.
   * @throws {UnknownTopicError}
   */
  bounds(topic: string): Promise<PartitionBounds[]>;
  /**
   * For every partition of the topic, in partition order, the first record with this timestamp or a later one; its end if
   * there is none. Timestamps need not increase within a partition: a record after that one can be older.
   * @param time milliseconds since the epoch
   */
  positionsAt(topic: string, time: number): Promise<Position[]>;
  /**
   * The ID of the log as a whole (Kafka: the cluster ID). Stored positions are only valid for the log that they belong
   * to.
   */
  identity(): Promise<string>;
  /**
   * The ID of the topic, for as long as it is there: one that is deleted and made anew has another, though positions look the same.
   * Undefined where the servers have no such IDs (Kafka before 2.8, and some of its relatives).
   * @throws {UnknownTopicError}
   */
  topicId(topic: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** @throws {StreamMismatchError} when the stored position is not one of this partition */
export function assertWithin(
  topic: string,
  position: number,
  { partition, start, end }: PartitionBounds,
): void {
  if (position >= start && position <= end) return;
  throw new StreamMismatchError(
    `The stored position ${position} of ${topic} partition ${partition} is outside of the log, which holds ${start} to ${end}. ` +
      'The topic was truncated or made anew, or the views belong to another cluster. ' +
      'Point KAFKA_BROKERS and DATABASE_URL at a pair that belongs together, or read the stream into an empty database.',
  );
}

/** `<partition>:<offset>`, the form in which positions are shown to clients. */
export function formatPosition({ partition, offset }: Position): string {
  return `${partition}:${offset}`;
}

const POSITION = /^(0|[1-9]\d{0,4}):(0|[1-9]\d{0,15})$/;

/** Parses the format of `formatPosition`; undefined if the text is no position. */
export function parsePosition(text: string): Position | undefined {
  const match = POSITION.exec(text);
  if (!match) return undefined;
  const offset = Number(match[2]);
  return Number.isSafeInteger(offset) ? { partition: Number(match[1]), offset } : undefined;
}
