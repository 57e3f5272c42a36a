import { readFileSync } from 'node:fs';
import { documentedMetrics, metricsPage, METRICS_PAGE } from './metrics-page';

test('docs/metrics.md is up to date', () => {
  expect(readFileSync(METRICS_PAGE, 'utf8')).toBe(metricsPage());
});

describe('names follow the rules of Prometheus', () => {
  const ours = documentedMetrics().filter(({ name }) => !/^(nodejs|process)_/.test(name));

  test.each(ours.map((metric) => [metric.name, metric] as const))('%s', (name, { type, help, labels }) => {
    expect(name).toMatch(/^(library|http|idempotency)_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    // A histogram says its unit last. Milliseconds and the like are no base units.
    if (type === 'histogram') expect(name).toMatch(/_(seconds|bytes|records)$/);
    expect(name).not.toMatch(/_(ms|millis|milliseconds|minutes|kb)$/);
    expect(help).toMatch(/^[A-Z].*[^.]$/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
  });

  test('each of them has one meaning', () => {
    const names = documentedMetrics().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
