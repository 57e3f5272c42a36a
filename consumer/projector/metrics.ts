import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LogBatch } from '../../infra/log/log';

/** What a consumer tells about its work. */
export class ProjectorMetrics {
  readonly #events: Counter;
  readonly #deadLetters: Counter;
  readonly #lag: Gauge;
  readonly #delay: Histogram;

  constructor(
    registry: Registry,
    private readonly consumer: string,
  ) {
    const registers = [registry];
    const labelNames = ['consumer'];
    this.#events = new Counter({
      name: 'library_events_projected_total',
      help: 'Records of the stream whose effects are stored',
      labelNames,
      registers,
    });
    this.#deadLetters = new Counter({
      name: 'library_dead_letters_total',
      help: 'Records that could not be projected and were kept as dead letters',
      labelNames,
      registers,
    });
    this.#lag = new Gauge({
      name: 'library_consumer_lag_records',
      help: 'Records of a partition that were there and not yet projected when it was last fetched',
      labelNames: ['consumer', 'partition'],
      registers,
    });
    this.#delay = new Histogram({
      name: 'library_projection_delay_seconds',
      help: 'From the record in the log to its effect in the view, for the oldest record of each batch',
      labelNames,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
      registers,
    });
  }

  assigned(partitions: readonly number[]): void {
    this.#lag.reset();
    for (const partition of partitions) this.#lag.set({ consumer: this.consumer, partition }, 0);
  }

  /** @param now milliseconds since the epoch */
  projected(batch: LogBatch, now: number): void {
    this.#events.inc({ consumer: this.consumer }, batch.records.length);
    this.#lag.set(
      { consumer: this.consumer, partition: batch.partition },
      Math.max(0, batch.endOffset - batch.nextOffset),
    );
    const oldest = batch.records[0]?.timestamp;
    if (oldest !== undefined)
      this.#delay.observe({ consumer: this.consumer }, Math.max(0, now - oldest) / 1_000);
  }

  buried(): void {
    this.#deadLetters.inc({ consumer: this.consumer });
  }
}
