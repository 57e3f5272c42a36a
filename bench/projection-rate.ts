import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

const POLL_MS = 20;
/** Without progress for this long the measurement fails. */
const STALLED_MS = 60_000;

/**
 * Events projected per second, measured at the checkpoints: from the first advance until they sum up to `total`.
 * @throws {Error} when they do not advance for a minute
 */
export async function projectionRate(client: pg.Client, total: number): Promise<number> {
  const query = {
    name: 'sum',
    text: 'SELECT coalesce(sum(next_offset), 0)::int AS done FROM library.progress',
  };
  let first: { readonly at: number; readonly done: number } | undefined;
  let moved = { at: performance.now(), done: 0 };
  for (;;) {
    const { rows } = await client.query<{ done: number }>(query);
    const done = rows[0]?.done ?? 0;
    const at = performance.now();
    if (done > moved.done) moved = { at, done };
    if (at - moved.at > STALLED_MS)
      throw new Error(`the projection stands still at ${done} of ${total} events`);
    if (!first && done > 0) first = { at, done };
    if (first && done >= total) return (1_000 * (done - first.done)) / (at - first.at);
    await delay(POLL_MS);
  }
}
