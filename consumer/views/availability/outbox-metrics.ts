import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { shared } from '../../../infra/shared';
import { outboxState } from './outbox';

/** Gauges of what waits to be published, whether anybody publishes it or not. While the database is away there are none. */
export function registerOutboxGauges(registry: Registry, pool: Pool): void {
  const look = shared(() => outboxState(pool).catch(() => undefined));
  const registers = [registry];
  // Several processes of an API see the same.
  const aggregator = 'max';
  new Gauge({
    name: 'library_outbox_outcomes',
    help: 'Outcomes that are stored and not published yet',
    registers,
    aggregator,
    async collect() {
      const state = await look();
      if (state) this.set(state.outcomes);
      else this.remove();
    },
  });
  new Gauge({
    name: 'library_outbox_age_seconds',
    help: 'How long ago the oldest outcome was stored that is not published yet; 0 = there is none',
    registers,
    aggregator,
    async collect() {
      const state = await look();
      if (state) this.set(state.seconds);
      else this.remove();
    },
  });
}
