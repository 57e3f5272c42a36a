import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { isTransient } from '../../infra/postgres/errors';
import { shared } from '../../infra/shared';
import { countSetAside } from './dead-letter-table';

/** @throws {Error} naming what these consumers have set aside, and the command to use; not when the database is away */
export async function assertNothingSetAside(pool: Pool, consumers: readonly string[]): Promise<void> {
  const counts = await countSetAside(pool, consumers).catch((error: unknown) => {
    if (isTransient(error)) return [];
    throw error;
  });
  if (counts.length === 0) return;
  const sentences = counts.map(
    ({ consumer, dead, parked, books }) =>
      `${consumer}: ${dead} dead, ${parked} waiting behind them, ${books} ${books === 1 ? 'book' : 'books'} held up`,
  );
  throw new Error(`${sentences.join('; ')}. "library dead-letters list" shows them`);
}

/** Gauges of what these consumers have set aside, counted whenever the metrics are collected. */
export function registerSetAsideGauges(registry: Registry, pool: Pool, consumers: readonly string[]): void {
  // A database that is away must not fail the other metrics: these stay as they were.
  const counts = shared(async () => {
    const found = await countSetAside(pool, consumers).catch(() => undefined);
    return (found ? consumers : []).map(
      (consumer) =>
        found?.find((each) => each.consumer === consumer) ?? { consumer, dead: 0, parked: 0, books: 0 },
    );
  });
  new Gauge({
    name: 'library_set_aside_records',
    help: 'Records that are set aside now: dead, or parked behind a dead one of the same book',
    labelNames: ['consumer', 'status'],
    registers: [registry],
    async collect() {
      for (const { consumer, dead, parked } of await counts()) {
        this.set({ consumer, status: 'dead' }, dead);
        this.set({ consumer, status: 'parked' }, parked);
      }
    },
  });
  new Gauge({
    name: 'library_books_held_up',
    help: 'Books whose events wait behind a dead letter',
    labelNames: ['consumer'],
    registers: [registry],
    async collect() {
      for (const { consumer, books } of await counts()) this.set({ consumer }, books);
    },
  });
}
