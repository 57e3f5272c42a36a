import { withDeadline } from '../../infra/deadline';
import type { Logger } from '../../infra/logger';
import { Poller } from '../../infra/poller';
import type { Span, Tracing } from '../../infra/tracing/tracing';
import { traceField } from '../../infra/trace-context';
import type { NoticeChannel } from './channels/channel';
import { DeliveryResultWriter } from './delivery-result-writer';
import { failedAttempt, type RetryPolicy } from './failed-attempt';
import type { NoticeMetrics } from './metrics';
import type { ClaimedNotice, ClaimLimits, DeliveryResult } from './queue';
import type { QuietHours } from './quiet-hours';

export interface NoticeDispatcherOptions extends RetryPolicy {
  readonly queue: {
    claim(limits: ClaimLimits): Promise<ClaimedNotice[]>;
    settle(results: readonly DeliveryResult[]): Promise<void>;
  };
  readonly channel: NoticeChannel;
  /** How many attempts are under way at the same time. */
  readonly concurrency: number;
  /** How long one attempt may take, in milliseconds. */
  readonly timeout: number;
  /** While they last nothing is claimed: the notices wait in the queue. */
  readonly quietHours: Pick<QuietHours, 'isQuiet'>;
  /** Users who are sent nothing: their notices are withheld. */
  readonly optedOut?: ReadonlySet<string> | undefined;
  readonly logger: Logger;
  readonly metrics: NoticeMetrics;
  /** Absent: attempts are no spans. */
  readonly tracing?: Tracing | undefined;
}

/** How often the queue is polled without a wake-up: for notices to be retried, and those of an instance that died. */
const POLL_INTERVAL_MS = 500;
/** By how much a lease outlasts the longest attempt: time to store its result. */
const LEASE_MARGIN_MS = 5_000;
/** How long attempts may go on after `close`. */
const CLOSING_MS = 3_000;
/** How many results may wait to be stored, as a multiple of `concurrency`; with more, nothing is claimed. */
const UNSETTLED = 4;

/**
 * Claims notices that are due and delivers them over the channel, each at least once, in no particular order. Any number
 * of instances may run.
 *
 * A notice is claimed only when its attempt can begin at once, so no claim waits here while another instance is free.
 * Retries get at most half of the concurrency: a receiver that rejects some notices must not hold up new ones.
 */
export class NoticeDispatcher {
  private readonly underWay = new Map<ClaimedNotice, AbortController>();
  /** Attempts whose results are not stored yet. */
  private readonly unsettled = new Set<Promise<void>>();
  private readonly results: DeliveryResultWriter;
  private readonly poller: Poller;
  /** Whether more notices may be due than could be claimed. */
  private mayBeMore = false;

  constructor(private readonly options: NoticeDispatcherOptions) {
    const { queue, logger } = options;
    this.results = new DeliveryResultWriter((results) => queue.settle(results), logger);
    this.poller = new Poller({
      work: () => this.dispatch(),
      interval: POLL_INTERVAL_MS,
      onError: (error) =>
        logger.warn({ err: error }, 'notices cannot be claimed at the moment; trying again'),
    });
  }

  start(): void {
    this.poller.start();
  }

  /** Announces notices that are due. */
  wake(): void {
    this.poller.wake();
  }

  /** Claims nothing more. Attempts under way are completed, or interrupted after a few seconds. */
  async close(): Promise<void> {
    await this.poller.close();
    const settled = withDeadline(CLOSING_MS, () => Promise.all(this.unsettled));
    await settled.catch(() => this.interrupt());
    await this.options.channel.close();
  }

  private async interrupt(): Promise<void> {
    this.results.close();
    for (const abort of this.underWay.values()) abort.abort(new Error('interrupted: we are shutting down'));
    await Promise.all(this.unsettled);
  }

  /** @returns whether more may be due */
  private async dispatch(): Promise<boolean> {
    const claimed = await this.claim();
    for (const notice of claimed) this.send(notice);
    return claimed.length > 0;
  }

  private async claim(): Promise<ClaimedNotice[]> {
    const { queue, concurrency, timeout, quietHours } = this.options;
    if (quietHours.isQuiet()) return [];
    const all = Math.min(concurrency - this.underWay.size, UNSETTLED * concurrency - this.unsettled.size);
    this.mayBeMore = true;
    if (all <= 0) return [];
    const retries = [...this.underWay.keys()].filter(isRetry).length;
    const again = Math.min(all, Math.max(0, Math.ceil(concurrency / 2) - retries));
    const claimed = await queue.claim({ all, again, lease: timeout + LEASE_MARGIN_MS });
    this.mayBeMore = claimed.length === all || claimed.filter(isRetry).length === again;
    return claimed;
  }

  private send(notice: ClaimedNotice): void {
    const abort = new AbortController();
    this.underWay.set(notice, abort);
    const attempt = this.attempt(notice, abort).finally(() => {
      this.underWay.delete(notice);
      this.claimMore();
    });
    // Storing the result takes a while. The next attempt need not wait for it, so it does not count as under way.
    const done = attempt
      .then((result) => this.results.store(result))
      .finally(() => {
        this.unsettled.delete(done);
        if (this.unsettled.size === 0) this.claimMore();
      });
    this.unsettled.add(done);
  }

  private claimMore(): void {
    if (this.mayBeMore) this.wake();
  }

  private async attempt(notice: ClaimedNotice, abort: AbortController): Promise<DeliveryResult> {
    const { channel, timeout, metrics, optedOut } = this.options;
    if (optedOut?.has(notice.userId)) return { notice, status: 'withheld' };
    const stop = metrics.seconds.startTimer();
    const span = this.spanOf(notice);
    const delivery = span ? { ...notice, traceparent: span.traceparent } : notice;
    const result = await withDeadline(timeout, (signal) => channel.deliver(delivery, signal), abort).then(
      () => ({ notice, status: 'delivered' }) as const,
      (error: unknown) => failedAttempt(notice, error, this.options),
    );
    stop();
    span?.end({}, 'error' in result ? new Error(result.error) : undefined);
    metrics.attempts.inc({ result: result.status });
    this.log(result);
    return result;
  }

  private spanOf({ noticeId, kind, traceparent: parent, attempts }: ClaimedNotice): Span | undefined {
    if (!parent) return undefined;
    const attributes = { 'library.notice.id': noticeId, 'library.notice.attempt': attempts };
    return this.options.tracing?.span(`deliver notice ${kind}`, { kind: 'client', parent, attributes });
  }

  private log(result: DeliveryResult): void {
    const { logger } = this.options;
    const { noticeId, kind, attempts, traceparent } = result.notice;
    const trace = traceField(traceparent);
    if (result.status === 'failed')
      logger.error({ noticeId, kind, attempts, reason: result.error, ...trace }, 'notice given up');
    else if (result.status === 'pending')
      logger.warn(
        { noticeId, attempts, reason: result.error, pause: result.pause, ...trace },
        'notice not delivered yet',
      );
  }
}

function isRetry({ attempts }: ClaimedNotice): boolean {
  return attempts > 1;
}
