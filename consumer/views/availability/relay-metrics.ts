import { Counter, Gauge, type Registry } from 'prom-client';

/** The metrics of the relay of outcomes. */
export class RelayMetrics {
  readonly published: Counter;
  readonly setAside: Counter;
  readonly troubled: Gauge;
  readonly attempts: Counter<'result'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.published = new Counter({
      name: 'library_outcomes_published_total',
      help: 'Outcomes that Kafka has acknowledged; an outcome in doubt is published, and counted, again',
      registers,
    });
    this.setAside = new Counter({
      name: 'library_outcomes_set_aside_total',
      help: 'Outcomes that can never be published, moved to the table outbox_set_aside',
      registers,
    });
    this.attempts = new Counter({
      name: 'library_outbox_attempts_total',
      help: 'Attempts to append the waiting outcomes of one partition, by result: appended, not-appended, in-doubt, too-large',
      labelNames: ['result'],
      registers,
    });
    for (const result of ['appended', 'not-appended', 'in-doubt', 'too-large'])
      this.attempts.inc({ result }, 0);
    this.troubled = new Gauge({
      name: 'library_outbox_troubled_partitions',
      help: 'Partitions to which outcomes could not be appended in the last attempt',
      registers,
    });
  }
}
