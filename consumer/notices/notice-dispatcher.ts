import type { Logger } from '../../infra/logger';
import { Wakeable } from '../../infra/wakeable';
import { pauseAfter, type BackOff } from './back-off';
import { PermanentError, TryLaterError, type NoticeChannel } from './channel';
import type { NoticeMetrics } from './metrics';
import type { ClaimedNotice, ClaimLimits, DeliveryResult } from './queue';
import { DeliveryResultWriter } from './delivery-result-writer';

export interface NoticeDispatcherOptions {
  readonly queue: {
    claim(limits: ClaimLimits): Promise<ClaimedNotice[]>;
    settle(results: readonly DeliveryResult[]): Promise<void>;
  };
  readonly channel: NoticeChannel;
  /** How many notices are on their way at once. */
  readonly concurrency: number;
  /** How long one attempt may take, in milliseconds. */
  readonly timeout: number;
  /** After so many attempts a notice is given up. */
  readonly attempts: number;
  readonly backOff: BackOff;
  readonly logger: Logger;
  readonly metrics: NoticeMetrics;
}

/** How often the table is looked at when nobody has said that something is due: new attempts, and what a dead instance left. */
const LOOK_INTERVAL_MS = 500;
/** By how much a lease outlasts the longest attempt: time to write down what it came to. */
const LEASE_MARGIN_MS = 5_000;
/** How long attempts may go on after `close`. */
const CLOSING_MS = 3_000;
const LONGEST_ERROR = 500;
/** How many results may wait to be written down, as a multiple of the places: with more nothing is taken up. */
const UNSETTLED = 4;

/**
 * Takes notices that are due and brings them to the channel, each at least once, in no particular order. Any number of
 * instances may run.
 *
 * A notice is taken up only when it can set out at once, so no other instance waits for one that lies around here. Those
 * that failed before get half of the places at most: new notices go on past a receiver that takes some and not others.
 */
export class NoticeDispatcher {
  private readonly underWay = new Map<ClaimedNotice, AbortController>();
  /** Attempts whose results are not written down yet. */
  private readonly unsettled = new Set<Promise<void>>();
  private readonly settler: DeliveryResultWriter;
  private readonly loop = new Wakeable();
  /** Whether more may be due than there were places for. */
  private mayBeMore = false;
  private closing = false;
  private running: Promise<void> | undefined;

  constructor(private readonly options: NoticeDispatcherOptions) {
    this.settler = new DeliveryResultWriter((results) => options.queue.settle(results), options.logger);
  }

  start(): void {
    this.running = this.run();
  }

  /** Says that there is something to deliver. */
  wake(): void {
    this.loop.wake();
  }

  /** Takes up nothing more, and lets what is under way arrive, within limits. */
  async close(): Promise<void> {
    this.closing = true;
    this.wake();
    await this.running;
    const deadline = setTimeout(() => {
      this.settler.close();
      for (const abort of this.underWay.values()) abort.abort(new Error('interrupted: we are shutting down'));
    }, CLOSING_MS);
    await Promise.all(this.unsettled);
    clearTimeout(deadline);
    await this.options.channel.close();
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      this.loop.listen();
      const claimed = await this.claim().catch((error: unknown) => {
        this.options.logger.warn({ err: error }, 'notices cannot be taken up at the moment; trying again');
        return [];
      });
      for (const notice of claimed) this.send(notice);
      if (claimed.length === 0) await this.loop.pause(LOOK_INTERVAL_MS);
    }
  }

  private async claim(): Promise<ClaimedNotice[]> {
    const { queue, concurrency, timeout } = this.options;
    const all = Math.min(concurrency - this.underWay.size, UNSETTLED * concurrency - this.unsettled.size);
    this.mayBeMore = true;
    if (all <= 0) return [];
    const repeated = [...this.underWay.keys()].filter(isRepeated).length;
    const again = Math.min(all, Math.max(0, Math.ceil(concurrency / 2) - repeated));
    const claimed = await queue.claim({ all, again, lease: timeout + LEASE_MARGIN_MS });
    this.mayBeMore = claimed.length === all || claimed.filter(isRepeated).length === again;
    return claimed;
  }

  private send(notice: ClaimedNotice): void {
    const abort = new AbortController();
    this.underWay.set(notice, abort);
    const attempt = this.attempt(notice, abort).finally(() => {
      this.underWay.delete(notice);
      this.placeIsFree();
    });
    // Its place is free before its result is written down: that takes a while, and the next one need not wait for it.
    const done = attempt
      .then((result) => this.settler.settle(result))
      .finally(() => {
        this.unsettled.delete(done);
        if (this.unsettled.size === 0) this.placeIsFree();
      });
    this.unsettled.add(done);
  }

  private placeIsFree(): void {
    if (this.mayBeMore) this.wake();
  }

  private async attempt(notice: ClaimedNotice, abort: AbortController): Promise<DeliveryResult> {
    const { channel, timeout, metrics, logger } = this.options;
    const timer = setTimeout(() => abort.abort(new Error(`no answer within ${timeout} ms`)), timeout);
    const stop = metrics.seconds.startTimer();
    let result: DeliveryResult;
    try {
      // Also a channel that does not heed the signal gives its place free when the time is up.
      await Promise.race([channel.deliver(notice, abort.signal), aborted(abort.signal)]);
      result = { notice, status: 'delivered' };
    } catch (error) {
      result = this.failed(notice, abort.signal.aborted ? abort.signal.reason : error);
    } finally {
      clearTimeout(timer);
      stop();
    }
    metrics.attempts.inc({ result: result.status });
    const { noticeId, kind, attempts } = notice;
    if (result.status === 'failed')
      logger.error({ noticeId, kind, attempts, reason: result.error }, 'notice given up');
    else if (result.status === 'pending')
      logger.warn(
        { noticeId, attempts, reason: result.error, pause: result.pause },
        'notice not delivered yet',
      );
    return result;
  }

  private failed(notice: ClaimedNotice, reason: unknown): DeliveryResult {
    const error = messageOf(reason);
    if (reason instanceof PermanentError || notice.attempts >= this.options.attempts)
      return { notice, status: 'failed', error };
    const wanted = reason instanceof TryLaterError ? reason.pause : 0;
    return {
      notice,
      status: 'pending',
      error,
      pause: Math.max(wanted, pauseAfter(notice.attempts, this.options.backOff)),
    };
  }
}

function isRepeated({ attempts }: ClaimedNotice): boolean {
  return attempts > 1;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** A failure on all of a host's addresses has no words of its own. */
function codeOf(error: Error): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** What went wrong, as Postgres can store it: fetch says it in the cause, and a server's words may be anything. */
function messageOf(error: unknown): string {
  const said: string[] = [];
  for (let e: unknown = error; e instanceof Error; e = e.cause) said.push(e.message || codeOf(e) || e.name);
  const message = said.length > 0 ? said.join(': ') : String(error);
  return message.replaceAll('\0', '').slice(0, LONGEST_ERROR);
}
