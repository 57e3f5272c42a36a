import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { withDeadline } from '../../infra/deadline';
import type { Log } from '../../infra/event-log/log';
import { shared } from '../../infra/shared';
import { EndHistory } from './end-history';
import { partitionLags, type PartitionLag } from './lag';

/** A scrape is not held up for longer by a server that is away, in milliseconds. */
const TIMEOUT_MS = 2_000;

/**
 * Gauges of how far every consumer is behind, by the checkpoints in the database and not by its own word: so they stay when it is gone.
 * While Kafka or Postgres is away there are none.
 */
export function registerStoredLag(registry: Registry, log: Pick<Log, 'bounds'>, pool: Pool): void {
  const history = new EndHistory();
  const keyOf = ({ topic, partition }: PartitionLag) => `${topic}/${partition}`;
  const look = shared(async () => {
    const lags = await withDeadline(TIMEOUT_MS, () => partitionLags(log, pool)).catch(() => []);
    const now = Date.now();
    for (const each of lags) history.note(keyOf(each), each.end, now);
    return lags.map((each) => ({ ...each, seconds: history.ageOf(keyOf(each), each.offset, now) }));
  });
  const gauge = (
    name: string,
    help: string,
    valueOf: (lag: Awaited<ReturnType<typeof look>>[number]) => number,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ['consumer', 'partition'],
      registers: [registry],
      // Several processes of an API see the same.
      aggregator: 'max',
      async collect() {
        const lags = await look();
        this.reset();
        for (const lag of lags) this.set({ consumer: lag.consumer, partition: lag.partition }, valueOf(lag));
      },
    });
  gauge(
    'library_stored_lag_records',
    'Records of a partition after the checkpoint of a consumer, whether it runs or not',
    ({ lag }) => lag,
  );
  gauge(
    'library_stored_lag_seconds',
    'For how long, at least, there have been records after the checkpoint of a consumer, whether it runs or not',
    ({ seconds }) => seconds,
  );
}
