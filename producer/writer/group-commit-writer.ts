import {
  NotAppendedError,
  type Appender,
  type OutgoingRecord,
  type Position,
} from '../../infra/event-log/log';
import { MaybeRecordedError, NotRecordedError, type Writer } from './writer';

export interface GroupCommitOptions {
  readonly topic: string;
  /** How long a write may take before it is given up, in milliseconds. */
  readonly timeout: number;
  /** How many writes may be queued or under way; one more is refused at once. */
  readonly maxPending: number;
  /** What one send may carry: Kafka takes about 1 MB in one batch. */
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  /** Told of each send that was acknowledged: how many records, and how long it took in milliseconds. */
  readonly onSend?: (records: number, ms: number) => void;
}

interface Pending {
  readonly record: OutgoingRecord;
  /** On the clock that nobody sets (`performance.now`). */
  readonly deadline: number;
  /** Whether some attempt may have written it. From then on nobody can say that it is not in the log. */
  inDoubt: boolean;
  settled: boolean;
  resolve(position: Position): void;
  reject(error: Error): void;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
const MOST_RECORDS = 2_000;
const MOST_BYTES = 800_000;
/** What a record weighs beside key and value: headers and framing, on the safe side. */
const OVERHEAD_BYTES = 600;

/**
 * Group commit: one send is under way at a time, and all that arrives meanwhile goes with the next one. Under load the
 * sends grow instead of the queue; without load a write goes out at once.
 *
 * A send that fails or stays unanswered is made again, with the same records, while their deadlines allow: that can
 * write a record twice, which readers notice by its event ID, but never loses one that was acknowledged. A write is
 * settled exactly once: with its position, as surely not recorded, or as unknown.
 */
export class GroupCommitWriter implements Writer {
  private readonly queue: Pending[] = [];
  /** All unsettled writes. Every write has the same time, so they stand in the order of their deadlines. */
  private readonly unsettled = new Set<Pending>();
  private pump: Promise<void> | undefined;
  private alarm: NodeJS.Timeout | undefined;
  private closing = false;

  constructor(
    private readonly appender: Appender,
    private readonly options: GroupCommitOptions,
  ) {}

  /** How many writes are queued or under way. */
  get pending(): number {
    return this.unsettled.size;
  }

  write(record: OutgoingRecord): Promise<Position> {
    if (this.closing) return Promise.reject(new NotRecordedError('The service is shutting down.'));
    if (this.unsettled.size >= this.options.maxPending) {
      return Promise.reject(
        new NotRecordedError(`${this.unsettled.size} writes are waiting for Kafka; no more are taken.`),
      );
    }
    // Kafka would refuse it, and whatever goes with it, again and again.
    if (weightOf(record) > (this.options.maxBatchBytes ?? MOST_BYTES)) {
      return Promise.reject(new NotRecordedError('The event is too large for Kafka.'));
    }
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        record,
        deadline: performance.now() + this.options.timeout,
        inDoubt: false,
        settled: false,
        resolve,
        reject,
      };
      this.unsettled.add(pending);
      this.queue.push(pending);
      this.pump ??= this.run();
      this.alarm ??= this.setAlarm(this.options.timeout);
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.pump;
    clearTimeout(this.alarm);
    await this.appender.close();
  }

  private async run(): Promise<void> {
    // One turn of the event loop: requests that arrived together go out together.
    await new Promise((resolve) => setImmediate(resolve));
    let pause = 0;
    while (this.queue.length > 0) {
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      const batch = this.take();
      if (batch.length === 0) continue;
      pause = (await this.send(batch)) ? 0 : Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pause * 2));
    }
    this.pump = undefined;
  }

  private take(): Pending[] {
    const { maxBatchRecords = MOST_RECORDS, maxBatchBytes = MOST_BYTES } = this.options;
    const batch: Pending[] = [];
    let bytes = 0;
    let taken = 0;
    for (const pending of this.queue) {
      if (!pending.settled) {
        bytes += weightOf(pending.record);
        if (batch.length >= maxBatchRecords || (batch.length > 0 && bytes > maxBatchBytes)) break;
        batch.push(pending);
      }
      taken += 1;
    }
    this.queue.splice(0, taken);
    return batch;
  }

  /** @returns whether every record of the batch was acknowledged; those that were not are queued again, first in line. */
  private async send(batch: readonly Pending[]): Promise<boolean> {
    const before = batch.map(({ inDoubt }) => inDoubt);
    // While it is under way nobody knows: a deadline that passes now must say so.
    for (const pending of batch) pending.inDoubt = true;
    const started = performance.now();
    let positions: (Position | undefined)[] = [];
    try {
      positions = await this.appender.append(
        this.options.topic,
        batch.map(({ record }) => record),
      );
      this.options.onSend?.(batch.length, performance.now() - started);
    } catch (error) {
      if (error instanceof NotAppendedError) batch.forEach((pending, i) => (pending.inDoubt = before[i]!));
    }
    const again: Pending[] = [];
    batch.forEach((pending, i) => {
      const position = positions[i];
      if (position) this.settle(pending, position);
      else if (!pending.settled) again.push(pending);
    });
    this.queue.unshift(...again);
    return again.length === 0;
  }

  private settle(pending: Pending, outcome: Position | Error): void {
    if (pending.settled) return;
    pending.settled = true;
    this.unsettled.delete(pending);
    if (outcome instanceof Error) pending.reject(outcome);
    else pending.resolve(outcome);
  }

  private setAlarm(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.giveUpOverdue(), ms);
  }

  private giveUpOverdue(): void {
    const now = performance.now();
    this.alarm = undefined;
    for (const pending of this.unsettled) {
      if (pending.deadline > now) {
        this.alarm = this.setAlarm(pending.deadline - now);
        return;
      }
      const waited = `within ${this.options.timeout} ms`;
      this.settle(
        pending,
        pending.inDoubt
          ? new MaybeRecordedError(
              `Kafka did not acknowledge the event ${waited}. It may have been recorded.`,
            )
          : new NotRecordedError(`Kafka could not be reached ${waited}. The event was not recorded.`),
      );
    }
  }
}

function weightOf({ key, value }: OutgoingRecord): number {
  return value.length + Buffer.byteLength(key) + OVERHEAD_BYTES;
}
