import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../infra/logger';
import type { LiveMetrics } from './metrics';
import { Pass, type PassOptions } from './pass';
import { ResumePositions } from './resume-positions';
import { Returning, type Resumption } from './returning';

export interface CatchUpOptions extends PassOptions {
  readonly logger: Logger;
  readonly metrics: LiveMetrics;
  /** See `ResumePositions`, in milliseconds. */
  readonly margin: number;
  /** How long to wait before the topic is read again after a failure, in milliseconds. */
  readonly pause: number;
  /** Resolves when outcomes have been read, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
}

/** So few clients are not made to wait for others. */
const FEW = 16;
/** Many come back at once: as long as so many more do within a pause, in milliseconds, they are waited for, for at most the longest time. */
const MORE = 4;
const GATHER_PAUSE_MS = 40;
const LONGEST_GATHERING_MS = 8_000;
/** How many passes there are at the same time. */
const PASSES = 4;
/** With a difference of so many records, clients are about as far behind as each other. */
const NEAR = 10_000;

/**
 * Brings clients that were away up to date, then live. However many come back at once, as after a restart, past outcomes are read
 * once for all of them: who waits is taken along by the next pass. Clients that are much further behind have passes of their own,
 * so that nobody waits for what somebody else has missed.
 */
export class CatchUp {
  private readonly resume: ResumePositions;
  /** Clients whose positions have to be asked for. */
  private unlocated: Returning[] = [];
  private isLocating = false;
  private waiting: Returning[] = [];
  private isGathering = false;
  /** The magnitudes of the passes that are under way. */
  private readonly passes = new Set<number>();
  /** Ends the waits of `run`. */
  private readonly live = new WeakMap<Returning, () => void>();

  constructor(private readonly options: CatchUpOptions) {
    this.resume = new ResumePositions(options);
  }

  /** Resolves when the client is live, or when the signal is aborted. Failures of the log are retried. */
  async run(resumption: Resumption, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.options.share.arrived();
    // Each pass adds some.
    setMaxListeners(0, signal);
    const returning = new Returning(resumption, signal);
    const { position, now } = resumption;
    returning.positions = this.resume.fromMemory(position, [...now.keys()]);
    await new Promise<void>((resolve) => {
      // A stream is open for long: its signal must not keep what it needed to come back.
      const over = () => {
        signal.removeEventListener('abort', over);
        resolve();
      };
      this.live.set(returning, over);
      signal.addEventListener('abort', over);
      if (returning.positions) this.enqueue([returning]);
      else this.unlocated.push(returning);
      void this.locate();
    });
  }

  /** Asks for the positions of all who wait for them, until nobody does. */
  private async locate(): Promise<void> {
    if (this.isLocating) return;
    this.isLocating = true;
    while (this.unlocated.length > 0) {
      const asking = this.unlocated.filter(({ signal }) => !signal.aborted);
      this.unlocated = [];
      try {
        const found = await this.resume.fromTopic(
          asking.map(({ resumption: { position, now } }) => ({ position, partitions: [...now.keys()] })),
        );
        // Beyond the end of the topic there is nowhere to resume: the stream begins now.
        asking.forEach((one, i) => (one.positions = found[i] ?? new Map(one.resumption.now)));
        this.enqueue(asking);
      } catch (error) {
        this.unlocated = [...asking, ...this.unlocated];
        await this.failed(error);
      }
    }
    this.isLocating = false;
  }

  private enqueue(returning: readonly Returning[]): void {
    for (const one of returning) this.waiting.push(one);
    if (this.isGathering) return;
    this.isGathering = true;
    // Many come in one turn of the event loop: one pass takes them all.
    setImmediate(() => void this.gather());
  }

  /**
   * A process accepts one connection in each turn of its event loop, and a pass makes turns long: of thousands that come back at
   * once, those who are first would keep the others out, and the same outcomes would be read again for each of them.
   */
  private async gather(): Promise<void> {
    const { share } = this.options;
    const latest = performance.now() + LONGEST_GATHERING_MS;
    for (let before = FEW - MORE; this.waiting.length >= before + MORE && performance.now() < latest;) {
      before = this.waiting.length;
      await delay(GATHER_PAUSE_MS);
      // On a busy machine the pause may be over before anybody else had a turn.
      await share.rest();
    }
    this.isGathering = false;
    this.dispatch();
  }

  /** Begins a pass for each magnitude that somebody waits in, unless there is one: those who come meanwhile share the next. */
  private dispatch(): void {
    const { recent } = this.options;
    const groups = new Map<number, Returning[]>();
    const others: Returning[] = [];
    for (const one of this.waiting) {
      if (one.signal.aborted) continue;
      const magnitude = Math.floor(Math.log2(1 + one.lag(recent) / NEAR));
      const group = groups.get(magnitude);
      if (group) group.push(one);
      else if (this.passes.has(magnitude) || this.passes.size + groups.size >= PASSES) others.push(one);
      else groups.set(magnitude, [one]);
    }
    this.waiting = others;
    for (const [magnitude, group] of groups) {
      this.passes.add(magnitude);
      void this.pass(group).finally(() => {
        this.passes.delete(magnitude);
        this.dispatch();
      });
    }
  }

  private async pass(group: readonly Returning[]): Promise<void> {
    const pass = new Pass(this.options, group);
    try {
      await pass.run((one) => {
        this.options.metrics.resumed.inc({ from: one.from });
        this.live.get(one)?.();
      });
    } catch (error) {
      await this.failed(error);
    }
    for (const one of pass.remaining()) void this.waitFor(one);
  }

  /** A client that could not keep up with a pass joins another one when it has read what it was sent. */
  private async waitFor(one: Returning): Promise<void> {
    const { recent, changed } = this.options;
    await one.client.drained(one.signal);
    while (one.isBeyond(recent) && !one.signal.aborted) await changed(one.signal);
    if (!one.signal.aborted) this.enqueue([one]);
  }

  private async failed(error: unknown): Promise<void> {
    const { logger, pause } = this.options;
    logger.warn({ err: error }, 'past outcomes cannot be read at the moment; trying again');
    await delay(pause);
  }
}
