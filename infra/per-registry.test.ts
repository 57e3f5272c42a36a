import { Counter, Registry } from 'prom-client';
import { perRegistry } from './per-registry';

test('a metric is made once for each registry', () => {
  const counterOf = perRegistry(
    (registry, help: string) => new Counter({ name: 'some_total', help, registers: [registry] }),
  );
  const [first, second] = [new Registry(), new Registry()];
  const counter = counterOf(first, 'first');
  expect(counterOf(first, 'ignored')).toBe(counter);
  expect(counterOf(second, 'second')).not.toBe(counter);
  expect(first.getSingleMetric('some_total')).toBe(counter);
});
