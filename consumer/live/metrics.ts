import { Counter, Gauge, type Registry } from 'prom-client';

/** The metrics of live streams. */
export class LiveMetrics {
  readonly delivered: Counter;
  readonly dropped: Counter;
  readonly resumed: Counter<'from'>;
  readonly unreadable: Counter;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.delivered = new Counter({
      name: 'library_live_delivered_total',
      help: 'Outcomes sent to followers, counted once for each of them',
      registers,
    });
    this.dropped = new Counter({
      name: 'library_live_dropped_total',
      help: 'Followers that were cut off because they took too long to read',
      registers,
    });
    this.resumed = new Counter({
      name: 'library_live_resumed_total',
      help: 'Streams that were resumed: from memory, or by reading the topic again',
      labelNames: ['from'],
      registers,
    });
    this.unreadable = new Counter({
      name: 'library_live_unreadable_total',
      help: 'Records of the topic of outcomes that could not be decoded and were left out',
      registers,
    });
  }

  /** Reports how many clients are connected. */
  watch(clients: () => number): void {
    new Gauge({
      name: 'library_live_clients',
      help: 'Clients that follow outcomes',
      registers: [this.registry],
      collect() {
        this.set(clients());
      },
    });
  }
}
