import { Registry } from 'prom-client';
import type { LogBatch, LogRecord } from '../../infra/event-log/log';
import { ProjectorMetrics } from './metrics';

const START = Date.UTC(2026, 0, 1);

beforeEach(() => jest.useFakeTimers({ now: START }));
afterEach(() => jest.useRealTimers());

function batch(fromOffset: number, ages: readonly number[], endOffset: number): LogBatch {
  const records = ages.map((age, i) => ({
    partition: 3,
    offset: fromOffset + i,
    timestamp: Date.now() - age * 1_000,
  })) as unknown as LogRecord[];
  return { partition: 3, fromOffset, nextOffset: fromOffset + records.length, endOffset, records };
}

function measured() {
  const registry = new Registry();
  const metrics = new ProjectorMetrics(registry, 'demand');
  const freshness = async (partition = 3) => {
    const { values } = await registry.getSingleMetric('library_consumer_freshness_seconds')!.get();
    return values.find(({ labels }) => labels['partition'] === partition)?.value;
  };
  return { registry, metrics, freshness };
}

test('a view is as far behind as the oldest record that it lacks, also while it cannot store it', async () => {
  const { metrics, freshness } = measured();
  metrics.assigned([3, 4]);
  expect([await freshness(3), await freshness(4)]).toEqual([0, 0]);
  const first = batch(0, [8, 6], 5);
  metrics.taken(first);
  expect(await freshness()).toBe(8);
  jest.advanceTimersByTime(2_000);
  metrics.retried();
  expect(await freshness()).toBe(10);
  metrics.projected(first, Date.now());
  // Three more are there, none of them older than the last one was.
  expect(await freshness()).toBe(8);
  const rest = batch(2, [3, 2, 1], 5);
  metrics.taken(rest);
  metrics.projected(rest, Date.now());
  expect(await freshness()).toBe(0);
});

test('partitions that were taken away are not shown any more', async () => {
  const { metrics, freshness } = measured();
  metrics.assigned([3]);
  metrics.taken(batch(0, [100], 1));
  metrics.assigned([4]);
  expect([await freshness(3), await freshness(4)]).toEqual([undefined, 0]);
});

test('batches are counted once, with their records', async () => {
  const { registry, metrics } = measured();
  metrics.assigned([3]);
  metrics.projected(batch(0, [1, 1, 1], 10), Date.now());
  metrics.fenced();
  const text = await registry.metrics();
  expect(text).toContain('library_projection_batch_records_sum{consumer="demand"} 3');
  expect(text).toContain('library_projection_batch_records_count{consumer="demand"} 1');
  expect(text).toContain('library_consumer_lag_records{consumer="demand",partition="3"} 7');
  expect(text).toContain('library_projection_fenced_total{consumer="demand"} 1');
  expect(text).toContain('library_projection_retries_total{consumer="demand"} 0');
});
