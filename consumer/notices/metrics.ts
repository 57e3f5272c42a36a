import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

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

  /** Reports how many notices are pending and given up, of all instances; nothing while the database is away. */
  watch(counts: () => Promise<{ pending: number; failed: number }>): void {
    new Gauge({
      name: 'library_notices',
      help: 'Notices that are still to be delivered (pending) and that were given up (failed)',
      labelNames: ['status'],
      registers: [this.registry],
      async collect() {
        try {
          const { pending, failed } = await counts();
          this.set({ status: 'pending' }, pending);
          this.set({ status: 'failed' }, failed);
        } catch {
          this.reset();
        }
      },
    });
  }
}
