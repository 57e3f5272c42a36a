import { Counter, Gauge, type Registry } from 'prom-client';

/** The metrics of the relay of outcomes. A relay that takes the place of a closed one in the same process goes on with them. */
export class RelayMetrics {
  readonly published: Counter;
  readonly setAside: Counter;
  readonly troubled: Gauge;

  constructor(registry: Registry) {
    const counter = (name: string, help: string) =>
      (registry.getSingleMetric(name) as Counter | undefined) ??
      new Counter({ name, help, registers: [registry] });
    this.published = counter(
      'library_outcomes_published_total',
      'Outcomes that Kafka has acknowledged; an outcome in doubt is published, and counted, again',
    );
    this.setAside = counter(
      'library_outcomes_set_aside_total',
      'Outcomes that can never be published, moved to the table outbox_set_aside',
    );
    const name = 'library_outbox_troubled_partitions';
    this.troubled =
      (registry.getSingleMetric(name) as Gauge | undefined) ??
      new Gauge({
        name,
        help: 'Partitions to which outcomes could not be appended in the last attempt',
        registers: [registry],
      });
  }
}
