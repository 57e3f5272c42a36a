import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { shared } from '../../infra/shared';
import type { NoticeQueue } from './queue';
import type { QuietHours } from './quiet-hours';

/** The metrics of the delivery of notices. */
export class NoticeMetrics {
  readonly attempts: Counter<'result'>;
  readonly seconds: Histogram;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.attempts = new Counter({
      name: 'library_notice_attempts_total',
      help: 'Attempts of this process to deliver a notice: delivered, put off (pending), or given up (failed)',
      labelNames: ['result'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'library_notice_attempt_seconds',
      help: 'How long an attempt to deliver a notice took',
      buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
  }

  /** Reports on the notices of all instances; nothing while the database is away. */
  watch({ counts }: Pick<NoticeQueue, 'counts'>, quietHours: Pick<QuietHours, 'awakeFor'>): void {
    const look = shared(() => counts().catch(() => undefined));
    new Gauge({
      name: 'library_notices',
      help: 'Notices that are still to be delivered (pending) and that were given up (failed)',
      labelNames: ['status'],
      registers: [this.registry],
      async collect() {
        const found = await look();
        this.reset();
        if (!found) return;
        this.set({ status: 'pending' }, found.pending);
        this.set({ status: 'failed' }, found.failed);
      },
    });
    new Gauge({
      name: 'library_notices_overdue_seconds',
      help: 'For how long the notice that has waited the longest has been due, quiet hours left out; 0 = none is',
      registers: [this.registry],
      async collect() {
        const found = await look();
        if (found) this.set(Math.max(0, Math.min(found.overdue, quietHours.awakeFor())));
        else this.remove();
      },
    });
  }
}
