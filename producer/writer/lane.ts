import type { OutgoingRecord, Position } from '../../infra/event-log/log';

/** A write that waits to be settled. */
export interface Pending {
  readonly record: OutgoingRecord;
  /** What it weighs in a send, in bytes. */
  readonly weight: number;
  /** When it was handed over, on the clock of `deadline`. */
  readonly since: number;
  /** On the clock that nobody sets (`performance.now`). */
  readonly deadline: number;
  /** Whether some attempt may have written it. From then on nobody can say that it is not in the log. */
  inDoubt: boolean;
  /** Whether an attempt has handed it to the network: until the attempt has ended nobody knows. */
  isOnWire: boolean;
  settled: boolean;
  resolve(position: Position): void;
  reject(error: Error): void;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** What a record weighs beside key and value: headers and framing, on the safe side. */
const OVERHEAD_BYTES = 600;

/** What one send may still take. */
export interface Room {
  records: number;
  bytes: number;
}

/**
 * The writes of one partition, in their order. One attempt is under way at a time, so that nothing is reordered. A lane whose
 * last attempt failed is troubled: it backs off, and is sent apart, so that no other partition waits for it.
 */
export class Lane {
  private readonly queue: Pending[] = [];
  /** What is under way. */
  private sent: readonly Pending[] = [];
  private pause = 0;
  private notBefore = 0;
  private mostRecords = Infinity;

  constructor(readonly partition: number) {}

  get isBusy(): boolean {
    return this.sent.length > 0;
  }

  /** Whether the last attempt failed. */
  get isTroubled(): boolean {
    return this.pause > 0;
  }

  /** Writes that wait or are under way; settled ones among them are not told apart. */
  get length(): number {
    return this.queue.length + this.sent.length;
  }

  /** @returns for how many more milliseconds nothing may be sent */
  backOff(now: number): number {
    return Math.max(0, this.notBefore - now);
  }

  add(pending: Pending): void {
    this.queue.push(pending);
  }

  /**
   * Takes what is to be sent next, as far as there is room, and is busy until one of the methods below says what became of it.
   * Where nobody else takes any of the room, a single write always has enough.
   * @param from writes with an earlier deadline are left out for good: there is no time for another attempt
   */
  take(room: Room, isAlone: boolean, from: number): readonly Pending[] {
    const batch: Pending[] = [];
    let taken = 0;
    for (const pending of this.queue) {
      if (!pending.settled && pending.deadline >= from) {
        const { weight } = pending;
        const fits = room.records > 0 && room.bytes >= weight && batch.length < this.mostRecords;
        if (!fits && !(isAlone && batch.length === 0)) break;
        room.records -= 1;
        room.bytes -= weight;
        batch.push(pending);
      }
      taken += 1;
    }
    this.queue.splice(0, taken);
    this.sent = batch;
    return batch;
  }

  /** All of it is in the log. */
  acknowledged(): void {
    this.sent = [];
    this.pause = 0;
    this.notBefore = 0;
    this.mostRecords = Infinity;
  }

  /** What is still wanted is to be sent again, first in line, after a pause. */
  failed(now: number): void {
    this.putBack();
    this.pause = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.pause * 2));
    this.notBefore = now + this.pause;
  }

  /** One of them, or all together, are too large: goes on with half as many. */
  tooLarge(): void {
    this.mostRecords = Math.max(1, Math.floor(this.sent.length / 2));
    this.putBack();
  }

  private putBack(): void {
    for (const pending of this.sent) pending.isOnWire = false;
    this.queue.unshift(...this.sent.filter(({ settled }) => !settled));
    this.sent = [];
  }
}

export function weightOf({ key, value }: OutgoingRecord): number {
  return value.length + Buffer.byteLength(key) + OVERHEAD_BYTES;
}
