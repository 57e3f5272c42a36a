import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work on past outcomes may keep the event loop from others, in milliseconds. */
const SLICE_MS = 5;
/** How many turns of the event loop others get then: in each of them a process accepts one connection at most (libuv since 1.45). */
const TURNS_BETWEEN = 8;
/** For how long clients that keep coming have precedence, in milliseconds. */
const LONGEST_REST_MS = 1_000;

/**
 * The event loop, shared between work on past outcomes, which takes long, and everything else. Thousands of clients may come back
 * at once: who waits to be let in has precedence, or the same outcomes would be read again for each few that are.
 */
export class LoopShare {
  private arrivals = 0;
  private end = 0;

  /** A client has come back. */
  arrived(): void {
    this.arrivals += 1;
  }

  /** Whether others are to have the event loop now. */
  get isOver(): boolean {
    return performance.now() > this.end;
  }

  /** Lets others go on, then begins another slice. */
  async rest(): Promise<void> {
    const latest = performance.now() + LONGEST_REST_MS;
    for (let before = -1; this.arrivals > before && performance.now() < latest;) {
      before = this.arrivals;
      for (let turn = 0; turn < TURNS_BETWEEN; turn += 1) await nextTurn();
    }
    this.end = performance.now() + SLICE_MS;
  }
}
