import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WriterObserver } from './group-commit-writer';

/** What the writer tells about its work. */
export class WriterMetrics implements WriterObserver {
  private readonly records: Histogram;
  private readonly seconds: Histogram;
  private readonly accept: Histogram;
  private readonly attempts: Counter<'result'>;
  private readonly resent: Counter;
  private readonly failures: Counter<'reason'>;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.records = new Histogram({
      name: 'library_writer_send_records',
      help: 'Events that went to Kafka in one send',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
      registers,
    });
    this.seconds = new Histogram({
      name: 'library_writer_send_seconds',
      help: 'How long Kafka took to acknowledge a send',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    });
    this.accept = new Histogram({
      name: 'library_accept_seconds',
      help: 'From the hand-over of an event to the writer until Kafka has acknowledged it, for the oldest event of each batch',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.attempts = new Counter({
      name: 'library_writer_attempts_total',
      help: 'Attempts to append the waiting events of one partition, by result: appended, not-appended, in-doubt, too-large',
      labelNames: ['result'],
      registers,
    });
    this.resent = new Counter({
      name: 'library_writer_resent_records_total',
      help: 'Events that were to be sent again, since an attempt failed or was in doubt',
      registers,
    });
    this.failures = new Counter({
      name: 'library_writes_failed_total',
      help: 'Writes that were not acknowledged: not taken because of the queue, surely not recorded (503), or unknown (504)',
      labelNames: ['reason'],
      registers,
    });
    for (const result of ['appended', 'not-appended', 'in-doubt', 'too-large'])
      this.attempts.inc({ result }, 0);
    for (const reason of ['not-taken', 'not-recorded', 'unknown']) this.failures.inc({ reason }, 0);
  }

  /** A send was acknowledged. @param ms how long it took, in milliseconds */
  sent(records: number, ms: number): void {
    this.records.observe(records);
    this.seconds.observe(ms / 1_000);
  }

  attempted(result: Parameters<WriterObserver['attempted']>[0], ms?: number): void {
    this.attempts.inc({ result });
    if (ms !== undefined) this.accept.observe(ms / 1_000);
  }

  resending(records: number): void {
    this.resent.inc(records);
  }

  failed(reason: Parameters<WriterObserver['failed']>[0]): void {
    this.failures.inc({ reason });
  }

  /** Shows how many writes are queued or under way, and their bytes. */
  watch(writer: () => { readonly pending: number; readonly pendingBytes: number }): void {
    new Gauge({
      name: 'library_writer_pending',
      help: 'Writes that are queued or under way',
      registers: [this.registry],
      collect() {
        this.set(writer().pending);
      },
    });
    new Gauge({
      name: 'library_writer_pending_bytes',
      help: 'Bytes of the events of writes that are queued or under way',
      registers: [this.registry],
      collect() {
        this.set(writer().pendingBytes);
      },
    });
  }
}
