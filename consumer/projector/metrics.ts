import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LogBatch } from '../../infra/event-log/log';
import { perRegistry } from '../../infra/per-registry';
import type { BatchProjectorMetrics } from './batch-projector';

/** The metrics that all consumers of a process share, distinguished by the label `consumer`. */
interface Figures {
  readonly events: Counter;
  readonly deadLetters: Counter;
  readonly lag: Gauge;
  readonly delay: Histogram;
}

const figuresOf = perRegistry(createFigures);

function createFigures(registry: Registry): Figures {
  const registers = [registry];
  const labelNames = ['consumer'];
  return {
    events: new Counter({
      name: 'library_events_projected_total',
      help: 'Records of the stream whose effects are stored',
      labelNames,
      registers,
    }),
    deadLetters: new Counter({
      name: 'library_dead_letters_total',
      help: 'Records that were set aside: they could not be projected, or come after one of the same book that could not',
      labelNames,
      registers,
    }),
    lag: new Gauge({
      name: 'library_consumer_lag_records',
      help: 'Records of a partition that were there and not yet projected when it was last fetched',
      labelNames: ['consumer', 'partition'],
      registers,
    }),
    delay: new Histogram({
      name: 'library_projection_delay_seconds',
      help: 'From the record in the log to its effect in the view, for the oldest record of each batch',
      labelNames,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
      registers,
    }),
  };
}

/** The metrics of one consumer. */
export class ProjectorMetrics implements BatchProjectorMetrics {
  private readonly figures: Figures;
  private partitions: readonly number[] = [];

  constructor(
    registry: Registry,
    private readonly consumer: string,
  ) {
    this.figures = figuresOf(registry);
  }

  /** Shows these partitions, and no longer those that were assigned before. */
  assigned(partitions: readonly number[]): void {
    const { consumer } = this;
    for (const partition of this.partitions) this.figures.lag.remove({ consumer, partition });
    for (const partition of partitions) this.figures.lag.set({ consumer, partition }, 0);
    this.partitions = partitions;
  }

  /** @param now milliseconds since the epoch */
  projected({ partition, records, endOffset, nextOffset }: LogBatch, now: number): void {
    const { consumer } = this;
    this.figures.events.inc({ consumer }, records.length);
    this.figures.lag.set({ consumer, partition }, Math.max(0, endOffset - nextOffset));
    const oldest = records[0]?.timestamp;
    if (oldest !== undefined) this.figures.delay.observe({ consumer }, Math.max(0, now - oldest) / 1_000);
  }

  setAside(records: number): void {
    this.figures.deadLetters.inc({ consumer: this.consumer }, records);
  }
}
