import { Gauge, Histogram, type Registry } from 'prom-client';

/** What the writer tells about its work. */
export class WriterMetrics {
  private readonly records: Histogram;
  private readonly seconds: Histogram;

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
  }

  /** A send was acknowledged. @param ms how long it took, in milliseconds */
  sent(records: number, ms: number): void {
    this.records.observe(records);
    this.seconds.observe(ms / 1_000);
  }

  /** Shows how many writes are queued or under way. */
  watch(pending: () => number): void {
    new Gauge({
      name: 'library_writer_pending',
      help: 'Writes that are queued or under way',
      registers: [this.registry],
      collect() {
        this.set(pending());
      },
    });
  }
}
