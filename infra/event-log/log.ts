/**
 * The log as a port: what the rest of the code may ask of the event stream.
 *
 * Two adapters keep this promise and are held to one conformance suite (`conformance.ts`): Kafka
 * (`infra/kafka`) and an in-memory one for unit tests (`memory-log.ts`). Records are bytes here; what they mean
 * is the business of `schemas/`.
 */

/** Where a record stands in a topic. Offsets stay far below 2^53, so a number holds them exactly. */
export interface Position {
  readonly partition: number;
  readonly offset: number;
}

/** A record to be appended. `key` decides the partition (murmur2, as Kafka's own clients do it). */
export interface OutgoingRecord {
  readonly key: string | Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string | Buffer>>;
}

/** A record as it stands in the log. */
export interface LogRecord extends Position {
  /** Milliseconds since the epoch, as the broker stored it. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** Consecutive records of one partition. */
export interface LogBatch {
  readonly partition: number;
  /** The offset that was asked for: every record of the partition from here up to `nextOffset` is in the batch. */
  readonly fromOffset: number;
  /** The offset after the last record: where reading goes on. */
  readonly nextOffset: number;
  /** The end of the partition (offset of the next record to be written) when this batch was fetched. */
  readonly endOffset: number;
  /** Can be empty: offsets may hold nothing for readers, such as the marks of transactions. */
  readonly records: readonly LogRecord[];
}

/** What of a partition is there: records from `start` up to, not including, `end`. */
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

/** What one attempt to append the records of one partition came to. */
export type AttemptResult =
  /** They stand in the log, on all in-sync replicas, from this offset on. */
  | { readonly kind: 'appended'; readonly baseOffset: number }
  /** Surely not written; another attempt may succeed. */
  | { readonly kind: 'not-appended'; readonly error: Error }
  /** Surely not written, and never will be together: some record, or all of them in one batch, is larger than the log takes. */
  | { readonly kind: 'too-large'; readonly error: Error }
  /** A request was sent and no answer says what became of it: some or all of the records may be in the log. */
  | { readonly kind: 'in-doubt'; readonly error: Error };

export interface AttemptOptions {
  /** How long the log may take, in milliseconds. After that the result is `in-doubt`, unless nothing was sent. */
  readonly timeout: number;
  /** Sends it over a connection of its own: what this partition has to wait for, no other waits for. */
  readonly apart?: boolean;
}

/** Appends records, acknowledged by all in-sync replicas. Nothing is retried in here: the caller knows what is worth it. */
export interface Appender {
  /**
   * One attempt for each partition, all at once. The promises settle one by one, as the answers arrive, and never reject:
   * one partition's failure is that partition's alone. While an attempt for a partition is under way, no other may be begun
   * for it, or the order of its records would be lost.
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

/** Some or all of the records may have been written. Appending them again may make duplicates, never losses. */
export class AppendInDoubtError extends Error {
  override readonly name = 'AppendInDoubtError';
}

/**
 * Thrown by a batch handler when its stored position is not the one it was given a batch for: another instance moved it.
 * The subscription then forgets what it knew of the partition and asks `positionOf` anew.
 */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** The stream is not the one the stored positions belong to, or misses records they count on. Not retried. */
export class StreamMismatchError extends Error {
  override readonly name = 'StreamMismatchError';
}

/** There is no such topic. */
export class UnknownTopicError extends Error {
  override readonly name = 'UnknownTopicError';

  constructor(topic: string, options?: ErrorOptions) {
    super(`The topic ${topic} is not there`, options);
  }
}

export interface BatchContext {
  /** Tells the group that this member lives; throws when the member has lost its place and should give up the batch. */
  heartbeat(): Promise<void>;
  /** Aborted when the subscription is being closed: give up waiting, not a commit under way. */
  readonly signal: AbortSignal;
}

export interface SubscribeOptions {
  readonly topic: string;
  /** The consumer group. Its members share the partitions. */
  readonly group: string;
  /** How many partitions are handled at a time. */
  readonly concurrency: number;
  /** Absent: whatever the group gives this member. Else: batches of other partitions are not fetched. */
  readonly onlyPartitions?: ReadonlySet<number>;
  /** The stored position of a partition: the offset of the next record to handle. Asked again after every change of ownership. */
  positionOf(partition: number, context: BatchContext): Promise<number>;
  /**
   * Handles one batch. Batches of one partition come one after the other, without gap or overlap, starting at the stored
   * position. It resolves when the effects and the new position (`batch.nextOffset`) are stored.
   */
  handle(batch: LogBatch, context: BatchContext): Promise<void>;
  /** Called when this member may have lost partitions: whatever is cached of them is void. */
  onAssigned(partitions: readonly number[]): void;
  /** Called once, when the subscription cannot go on. The process should exit and be started again. */
  onFatal(error: Error): void;
}

export interface Subscription {
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
  /** Reads the ranges outside of any group; batches of different partitions come interleaved. Ends when all are read. */
  read(topic: string, options: ReadOptions): AsyncIterable<LogBatch>;
  /**
   * The bounds of every partition of the topic, in partition order.
   * @throws {UnknownTopicError}
   */
  bounds(topic: string): Promise<PartitionBounds[]>;
  /**
   * For every partition of the topic, in partition order, the first record that the log took at this time or later; its
   * end where there is none. The times are the records' own, which in a partition need not grow: a record after that one
   * can be older.
   * @param time milliseconds since the epoch
   */
  positionsAt(topic: string, time: number): Promise<Position[]>;
  /** An ID of the log as a whole (Kafka: the cluster ID). Stored positions are only valid for the log they were taken from. */
  identity(): Promise<string>;
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

/** The position that `formatPosition` wrote, or undefined where the text is none. */
export function parsePosition(text: string): Position | undefined {
  const match = POSITION.exec(text);
  if (!match) return undefined;
  const offset = Number(match[2]);
  return Number.isSafeInteger(offset) ? { partition: Number(match[1]), offset } : undefined;
}
