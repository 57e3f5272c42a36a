import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { bytesOf, PART_BYTES, type Filter, type Frame } from './frame';
import type { Subscriber } from './subscribers';

/** How long outcomes are sent before others get the event loop, in milliseconds: some hundred writes. */
const SLICE_MS = 2;

/**
 * Outcomes for those who follow all books. A write to each of ten thousand clients takes a quarter of a second: they go round in
 * slices, and what is published meanwhile goes out with the next round, in one write for each. So the work grows with the number of
 * clients and not with that of the outcomes, and a round that took long is followed by as long a rest: clients that come back, and
 * requests, have their share of the event loop.
 */
export class Broadcast {
  /** The number of the next outcome for each; outcomes are numbered in the order in which they were published. */
  private readonly nextOf = new Map<Subscriber, number>();
  /** Those that somebody may lack, … */
  private frames: Frame[] = [];
  /** … the number of the first of them, … */
  private first = 0;
  /** … and how many bytes they are. */
  private size = 0;
  private isGoingRound = false;
  /** Who waits for room. */
  private waiting: (() => void)[] = [];

  /** The subscriber gets what is published from now on. */
  add(subscriber: Subscriber): void {
    this.nextOf.set(subscriber, this.end);
  }

  remove(subscriber: Subscriber): void {
    this.nextOf.delete(subscriber);
  }

  /** Sends consecutive outcomes: to few clients at once, to many soon. */
  publish(frames: readonly Frame[]): void {
    if (this.nextOf.size === 0) return;
    for (const frame of frames) {
      this.frames.push(frame);
      this.size += frame.bytes.length;
    }
    if (!this.isGoingRound) void this.goRound();
  }

  /** Resolves when so little waits to be sent that it fits, with another part, into any connection's buffer. */
  async hasRoom(): Promise<void> {
    while (this.size > PART_BYTES) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private get end(): number {
    return this.first + this.frames.length;
  }

  private async goRound(): Promise<void> {
    this.isGoingRound = true;
    while (this.frames.length > 0) {
      const begun = performance.now();
      const { end } = this;
      let sliceEnd = begun + SLICE_MS;
      let bytes = this.bytesFrom();
      for (const [subscriber, next] of this.nextOf) {
        if (performance.now() > sliceEnd) {
          await nextTurn();
          sliceEnd = performance.now() + SLICE_MS;
          // There may be more of them by now.
          bytes = this.bytesFrom();
        }
        if (next === this.end || !this.nextOf.has(subscriber)) continue;
        this.nextOf.set(subscriber, this.end);
        subscriber.deliver(bytes(next, subscriber.filter), this.end - next);
      }
      this.drop(end - this.first);
      const took = performance.now() - begun;
      if (took > SLICE_MS) await delay(took);
    }
    this.isGoingRound = false;
  }

  /** All who lack the same get the same bytes: they are made once. */
  private bytesFrom(): (next: number, filter: Filter) => Buffer {
    const [plain, masked] = [new Map<number, Buffer>(), new Map<number, Buffer>()];
    return (next, filter) => {
      const made = filter.masked ? masked : plain;
      const known = made.get(next) ?? bytesOf(this.frames.slice(next - this.first), filter);
      made.set(next, known);
      return known;
    };
  }

  private drop(count: number): void {
    for (const { bytes } of this.frames.splice(0, count)) this.size -= bytes.length;
    this.first += count;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
