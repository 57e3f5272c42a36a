import type { Appender, AttemptResult, OutgoingRecord, Position } from '../../infra/event-log/log';
import { partitionOf } from '../../infra/event-log/murmur2';
import { Lane, weightOf, type Pending, type Room } from './lane';
import { Unsettled } from './unsettled';
import { MaybeRecordedError, NotRecordedError, type Writer } from './writer';

export interface GroupCommitOptions {
  readonly topic: string;
  /** How many partitions the topic has. */
  readonly partitions: number;
  /** How long a write may take before it is given up, in milliseconds, where its caller does not say. */
  readonly timeout: number;
  /** How many writes may be queued or under way; one more is refused at once. */
  readonly maxPending: number;
  /** How many bytes their records may have together; absent = any number. */
  readonly maxPendingBytes?: number;
  /** What one send may carry: Kafka takes about 1 MB in one batch. */
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  /** Called after each send that was acknowledged: how many records, and how long it took in milliseconds. */
  readonly onSend?: (records: number, ms: number) => void;
  /** Is told what becomes of attempts and writes. */
  readonly observer?: WriterObserver;
}

/** What a writer tells of its work, once for each attempt and not for each write, but for those that fail. */
export interface WriterObserver {
  /** The attempt for one partition has ended. @param ms since the oldest of its writes was handed over; appended ones only */
  attempted(result: AttemptResult['kind'], ms?: number): void;
  /** So many records are to be sent again. */
  resending(records: number): void;
  /** A write failed: it was not even taken, was surely not recorded, or may have been. */
  failed(reason: 'not-taken' | 'not-recorded' | 'unknown'): void;
}

const MOST_RECORDS = 2_000;
const MOST_BYTES = 800_000;
/** How long a send may keep partitions waiting that are not part of it, in milliseconds. */
const STRAGGLER_MS = 100;
/**
 * An attempt ends so much before a write of it is given up, so that the write is settled by what became of the attempt. At most a
 * quarter of the time.
 */
const MARGIN_MS = 25;
/** A troubled partition may take up one part in so many of the queue: the rest is for the others. */
const TROUBLED_PARTS = 4;

/**
 * Group commit: one send is under way at a time, and all that arrives meanwhile goes with the next one. Under load the
 * sends grow instead of the queue; without load a write goes out at once.
 *
 * What fails is isolated by partition. A partition whose attempt failed or stays unanswered leaves the common send and is tried
 * by itself, with the same records first, while their deadlines allow: that can write a record twice, which readers notice by its
 * event ID, but never loses one that was acknowledged. A write is settled exactly once: with its position, as surely not
 * recorded, or as unknown.
 */
export class GroupCommitWriter implements Writer {
  private readonly lanes: readonly Lane[];
  private readonly unsettled = new Unsettled((pending) => this.settle(pending, tooLate(pending)));
  private readonly margin: number;
  private isScheduled = false;
  /** Whether the common send is under way. */
  private isSending = false;
  private nextLane = 0;
  private wakeUp: NodeJS.Timeout | undefined;
  private closing = false;
  private onIdle: (() => void) | undefined;

  constructor(
    private readonly appender: Appender,
    private readonly options: GroupCommitOptions,
  ) {
    this.lanes = Array.from({ length: options.partitions }, (_, partition) => new Lane(partition));
    this.margin = Math.min(MARGIN_MS, options.timeout / 4);
  }

  /** How many bytes the records of those that wait or are under way have. */
  pendingBytes = 0;

  /** How many writes are queued or under way. */
  get pending(): number {
    return this.unsettled.size;
  }

  write(record: OutgoingRecord, deadline = performance.now() + this.options.timeout): Promise<Position> {
    const lane = this.lanes[partitionOf(Buffer.from(record.key), this.lanes.length)]!;
    const weight = weightOf(record);
    const refusal = this.whyNotNow(weight, lane);
    if (refusal !== undefined) {
      this.options.observer?.failed('not-taken');
      return Promise.reject(new NotRecordedError(refusal));
    }
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        record,
        weight,
        since: performance.now(),
        deadline,
        inDoubt: false,
        isOnWire: false,
        settled: false,
        resolve,
        reject,
      };
      this.unsettled.add(pending);
      this.pendingBytes += weight;
      lane.add(pending);
      this.schedule();
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    if (this.unsettled.size > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    this.unsettled.stop();
    clearTimeout(this.wakeUp);
    await this.appender.close();
  }

  private whyNotNow(weight: number, lane: Lane): string | undefined {
    const { maxPending, maxPendingBytes = Infinity, maxBatchBytes = MOST_BYTES } = this.options;
    if (this.closing) return 'The service is shutting down.';
    if (this.unsettled.size >= maxPending) {
      return `${this.unsettled.size} writes are waiting for Kafka; no more are taken.`;
    }
    if (this.pendingBytes + weight > maxPendingBytes) {
      return `${this.pendingBytes} bytes are waiting for Kafka; no more are taken.`;
    }
    if (lane.isTroubled && lane.length >= maxPending / TROUBLED_PARTS) {
      return `${lane.length} writes are waiting for partition ${lane.partition} of Kafka; no more are taken.`;
    }
    // Kafka would refuse it, and whatever goes with it, again and again.
    if (weight > maxBatchBytes) return 'The event is too large for Kafka.';
    return undefined;
  }

  /** One turn of the event loop: requests that arrived together go out together. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.sendReady();
    });
  }

  private sendReady(): void {
    const now = performance.now();
    let next = Infinity;
    for (const lane of this.lanes) {
      if (!lane.isTroubled || lane.isBusy || lane.length === 0) continue;
      const pause = lane.backOff(now);
      if (pause > 0) next = Math.min(next, pause);
      else void this.send([lane], true);
    }
    if (!this.isSending) void this.sendTogether();
    if (next < Infinity) {
      clearTimeout(this.wakeUp);
      this.wakeUp = setTimeout(() => this.sendReady(), next);
    }
  }

  private async sendTogether(): Promise<void> {
    // Another lane is the first each time, so that a full send leaves none out for ever.
    const start = this.nextLane++ % this.lanes.length;
    const inTurn = [...this.lanes.slice(start), ...this.lanes.slice(0, start)];
    const lanes = inTurn.filter((lane) => !lane.isTroubled && !lane.isBusy && lane.length > 0);
    if (lanes.length === 0) return;
    this.isSending = true;
    const sent = this.send(lanes, false);
    let timer: NodeJS.Timeout | undefined;
    const straggling = new Promise<void>((resolve) => (timer = setTimeout(resolve, STRAGGLER_MS)));
    await Promise.race([sent, straggling]);
    clearTimeout(timer);
    this.isSending = false;
    if (this.lanes.some((lane) => lane.length > 0)) this.sendReady();
  }

  /** Sends what the lanes hold, as far as there is room, and settles them one by one. */
  private async send(lanes: readonly Lane[], apart: boolean): Promise<void> {
    const { topic, maxBatchRecords = MOST_RECORDS, maxBatchBytes = MOST_BYTES } = this.options;
    const room: Room = { records: maxBatchRecords, bytes: maxBatchBytes };
    const started = performance.now();
    const sends = lanes
      .map((lane, i) => ({ lane, batch: lane.take(room, i === 0, started + this.margin + 1) }))
      .filter(({ batch }) => batch.length > 0);
    if (sends.length === 0) return;
    const timeout = deadlineOf(sends.flatMap(({ batch }) => batch)) - started - this.margin;
    const batches = sends.map(({ lane, batch }) => ({
      partition: lane.partition,
      records: batch.map(({ record }) => record),
    }));
    const byPartition = new Map(sends.map(({ lane, batch }) => [lane.partition, batch]));
    const onWire = (partition: number) => {
      for (const pending of byPartition.get(partition) ?? []) pending.isOnWire = true;
    };
    const attempts = this.appender.attempt(topic, batches, { timeout, apart, onWire });
    const counts = await Promise.all(
      attempts.map(async (attempt, i) => this.settleBatch(sends[i]!.lane, sends[i]!.batch, await attempt)),
    );
    const records = counts.reduce((sum, count) => sum + count, 0);
    if (records > 0) this.options.onSend?.(records, performance.now() - started);
  }

  /** @returns how many records were acknowledged */
  private settleBatch(lane: Lane, batch: readonly Pending[], result: AttemptResult): number {
    const { observer } = this.options;
    const isAppended = result.kind === 'appended';
    observer?.attempted(result.kind, isAppended ? performance.now() - batch[0]!.since : undefined);
    if (!isAppended) observer?.resending(batch.filter(({ settled }) => !settled).length);
    switch (result.kind) {
      case 'appended':
        lane.acknowledged();
        batch.forEach((pending, i) =>
          this.settle(pending, { partition: lane.partition, offset: result.baseOffset + i }),
        );
        break;
      case 'too-large':
        if (batch.length === 1) {
          this.settle(batch[0]!, tooLarge(batch[0]!));
          lane.acknowledged();
        } else lane.tooLarge();
        break;
      case 'in-doubt':
        for (const pending of batch) pending.inDoubt = true;
        lane.failed(performance.now());
        break;
      case 'not-appended':
        lane.failed(performance.now());
        break;
    }
    if (lane.length > 0 && (lane.isTroubled || !this.isSending)) this.sendReady();
    return isAppended ? batch.length : 0;
  }

  private settle(pending: Pending, outcome: Position | Error): void {
    if (pending.settled) return;
    pending.settled = true;
    this.unsettled.delete(pending);
    this.pendingBytes -= pending.weight;
    if (outcome instanceof Error) {
      this.options.observer?.failed(outcome instanceof MaybeRecordedError ? 'unknown' : 'not-recorded');
      pending.reject(outcome);
    } else pending.resolve(outcome);
    if (this.unsettled.size === 0) this.onIdle?.();
  }
}

function deadlineOf(batch: readonly Pending[]): number {
  return batch.reduce((earliest, { deadline }) => Math.min(earliest, deadline), Infinity);
}

function tooLate({ inDoubt, isOnWire }: Pending): Error {
  return inDoubt || isOnWire
    ? new MaybeRecordedError('Kafka did not acknowledge the event in time. It may have been recorded.')
    : new NotRecordedError('Kafka could not be reached in time. The event was not recorded.');
}

/** Where an earlier attempt may have written it, the limit was lowered since. */
function tooLarge({ inDoubt }: Pending): Error {
  return inDoubt
    ? new MaybeRecordedError('The event is too large for Kafka by now. It may have been recorded.')
    : new NotRecordedError('The event is too large for Kafka.');
}
