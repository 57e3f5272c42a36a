import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LogBatch } from '../../infra/event-log/log';
import { perRegistry } from '../../infra/per-registry';
import type { BatchProjectorMetrics } from './batch-projector';

/** The metrics that all consumers of a process share, distinguished by the label `consumer`. */
interface Figures {
  readonly events: Counter;
  readonly batches: Histogram;
  readonly deadLetters: Counter;
  readonly retries: Counter;
  readonly fenced: Counter;
  readonly lag: Gauge;
  readonly delay: Histogram;
  /** The ages of partitions, by consumer. Looked at whenever the metrics are collected. */
  readonly ages: Map<string, PartitionAges>;
}

const figuresOf = perRegistry(createFigures);

function createFigures(registry: Registry): Figures {
  const registers = [registry];
  const labelNames = ['consumer'];
  const ages = new Map<string, PartitionAges>();
  new Gauge({
    name: 'library_consumer_freshness_seconds',
    help: 'How far the view is behind in a partition: the age of the oldest record that was fetched and not projected; 0 = none',
    labelNames: ['consumer', 'partition'],
    registers,
    collect() {
      this.reset();
      for (const [consumer, partitions] of ages) {
        for (const [partition, seconds] of partitions.at(Date.now()))
          this.set({ consumer, partition }, seconds);
      }
    },
  });
  return {
    ages,
    events: new Counter({
      name: 'library_events_projected_total',
      help: 'Records of the stream whose effects are stored',
      labelNames,
      registers,
    }),
    batches: new Histogram({
      name: 'library_projection_batch_records',
      help: 'Records that were projected in one transaction',
      labelNames,
      buckets: [1, 5, 20, 50, 100, 200, 500, 1_000, 2_000],
      registers,
    }),
    deadLetters: new Counter({
      name: 'library_dead_letters_total',
      help: 'Records that were set aside: they could not be projected, or come after one of the same book that could not',
      labelNames,
      registers,
    }),
    retries: new Counter({
      name: 'library_projection_retries_total',
      help: 'Steps of a projection that failed because a server was away, and were tried again',
      labelNames,
      registers,
    }),
    fenced: new Counter({
      name: 'library_projection_fenced_total',
      help: 'Batches that were given up because the partition was elsewhere by then: another instance had moved it on',
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

/** Since when there is something in each partition that is not projected; undefined: there is nothing, as far as is known. */
class PartitionAges {
  private readonly since = new Map<number, number | undefined>();

  set(partition: number, since: number | undefined): void {
    this.since.set(partition, since);
  }

  /** These partitions, and no others. */
  only(partitions: readonly number[]): void {
    this.since.clear();
    for (const partition of partitions) this.since.set(partition, undefined);
  }

  /** The age of each partition, in seconds. @param now milliseconds since the epoch */
  at(now: number): [partition: number, seconds: number][] {
    return [...this.since].map(([partition, since]) => [
      partition,
      since === undefined ? 0 : Math.max(0, now - since) / 1_000,
    ]);
  }
}

/** The metrics of one consumer. */
export class ProjectorMetrics implements BatchProjectorMetrics {
  private readonly figures: Figures;
  private readonly ages = new PartitionAges();
  private partitions: readonly number[] = [];

  constructor(
    registry: Registry,
    private readonly consumer: string,
  ) {
    this.figures = figuresOf(registry);
    this.figures.ages.set(consumer, this.ages);
    const { deadLetters, retries, fenced } = this.figures;
    for (const counter of [deadLetters, retries, fenced]) counter.inc({ consumer }, 0);
  }

  /** Shows these partitions, and no longer those that were assigned before. */
  assigned(partitions: readonly number[]): void {
    const { consumer } = this;
    for (const partition of this.partitions) this.figures.lag.remove({ consumer, partition });
    for (const partition of partitions) this.figures.lag.set({ consumer, partition }, 0);
    this.ages.only(partitions);
    this.partitions = partitions;
  }

  taken({ partition, records }: LogBatch): void {
    this.ages.set(partition, records[0]?.timestamp);
  }

  /** @param now milliseconds since the epoch */
  projected({ partition, records, endOffset, nextOffset }: LogBatch, now: number): void {
    const { consumer } = this;
    const behind = Math.max(0, endOffset - nextOffset);
    this.figures.events.inc({ consumer }, records.length);
    this.figures.batches.observe({ consumer }, records.length);
    this.figures.lag.set({ consumer, partition }, behind);
    const oldest = records[0]?.timestamp;
    if (oldest !== undefined) this.figures.delay.observe({ consumer }, Math.max(0, now - oldest) / 1_000);
    // The next record is not known yet, and no older than the last one.
    this.ages.set(partition, behind === 0 ? undefined : (records.at(-1)?.timestamp ?? now));
  }

  setAside(records: number): void {
    this.figures.deadLetters.inc({ consumer: this.consumer }, records);
  }

  retried(): void {
    this.figures.retries.inc({ consumer: this.consumer });
  }

  fenced(): void {
    this.figures.fenced.inc({ consumer: this.consumer });
  }
}
