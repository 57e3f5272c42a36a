import { Counter, type Registry } from 'prom-client';

/** Counts the requests whose key nobody could check. */
export function uncheckedCounter(registry: Registry): Counter {
  return new Counter({
    name: 'idempotency_unchecked_total',
    help: 'Requests whose Idempotency-Key could not be checked for reuse',
    registers: [registry],
  });
}
