import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { isTransient } from '../../infra/postgres/errors';

/** What holds up a consumer's view at present. */
export interface SetAsideCounts {
  readonly consumer: string;
  /** Records that could not be taken. */
  readonly dead: number;
  /** Records that wait behind them. */
  readonly parked: number;
  /** Books whose events wait. */
  readonly books: number;
}

/** Counts what holds up these consumers; those that nothing holds up are left out. */
export async function countSetAside(pool: Pool, consumers: readonly string[]): Promise<SetAsideCounts[]> {
  const { rows } = await pool.query<SetAsideCounts>({
    name: 'held-up',
    text: `SELECT consumer, count(*) FILTER (WHERE status = 'dead')::int AS dead, count(*) FILTER (WHERE status = 'parked')::int AS parked,
                  count(DISTINCT book_id)::int AS books
             FROM library.dead_letters WHERE status <> 'discarded' AND consumer = ANY($1) GROUP BY consumer ORDER BY consumer`,
    values: [consumers],
  });
  return rows;
}

/** @throws {Error} saying what holds up these consumers, if anything is known to, and what to do */
export async function assertNothingSetAside(pool: Pool, consumers: readonly string[]): Promise<void> {
  const counts = await countSetAside(pool, consumers).catch((error: unknown) => {
    if (isTransient(error)) return [];
    throw error;
  });
  if (counts.length === 0) return;
  const said = counts.map(
    ({ consumer, dead, parked, books }) =>
      `${consumer}: ${dead} dead, ${parked} waiting behind them, ${books} ${books === 1 ? 'book' : 'books'} held up`,
  );
  throw new Error(`${said.join('; ')}. "library dead-letters list" shows them`);
}

/** Gauges of what holds up these consumers, looked at whenever the figures are asked for. */
export function registerSetAsideGauges(registry: Registry, pool: Pool, consumers: readonly string[]): void {
  // A database that is away must not cost the other figures: these stay as they were.
  const counts = async () => {
    const found = await countSetAside(pool, consumers).catch(() => undefined);
    return (found ? consumers : []).map(
      (consumer) =>
        found?.find((each) => each.consumer === consumer) ?? { consumer, dead: 0, parked: 0, books: 0 },
    );
  };
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
