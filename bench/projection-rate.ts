import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

const POLL_MS = 10;
/** Without progress for this long the measurement fails. */
const STALLED_MS = 60_000;

/** Events a second, from the first advance of a checkpoint on. */
export interface ProjectionRates {
  /** Until the last event is stored. */
  readonly stored: number;
  /** Until the outcomes of all of them are published, too: on their topic, and no more in the outbox. */
  readonly published: number;
}

interface Moment {
  /** Milliseconds. */
  readonly at: number;
  /** How many events were projected by then. */
  readonly done: number;
}

/**
 * Measures how fast a backlog is projected, and its outcomes are published.
 * @throws {Error} when the checkpoints, or the outbox, do not move for a minute
 */
export async function projectionRates(client: pg.Client, total: number): Promise<ProjectionRates> {
  const { first, last } = await untilStored(client, total);
  const published = await untilPublished(client);
  return { stored: rateBetween(first, last), published: rateBetween(first, { ...last, at: published }) };
}

/** The rate at which events are stored alone: see `ProjectionRates`. */
export async function projectionRate(client: pg.Client, total: number): Promise<number> {
  const { first, last } = await untilStored(client, total);
  return rateBetween(first, last);
}

/**
 * Resolves when so many events are projected.
 * @param view whose checkpoints are asked for; absent: there is one view alone
 * @throws {Error} when the checkpoints do not move for a minute
 */
export async function untilProjected(client: pg.Client, events: number, view?: string): Promise<Moment> {
  let moved: Moment = { at: performance.now(), done: 0 };
  for (;;) {
    const { rows } = await client.query<{ done: number }>({
      name: 'progress-of',
      text: 'SELECT coalesce(sum(next_offset), 0)::int AS done FROM library.progress WHERE consumer = coalesce($1, consumer)',
      values: [view],
    });
    const { done } = rows[0]!;
    const at = performance.now();
    if (done >= events) return { done, at };
    if (done > moved.done) moved = { at, done };
    if (at - moved.at > STALLED_MS)
      throw new Error(`the projection stands still at ${done} of ${events} events`);
    await delay(POLL_MS);
  }
}

/** Events a second. */
export function rateBetween(first: Moment, last: Moment): number {
  return (1_000 * (last.done - first.done)) / (last.at - first.at);
}

async function untilStored(client: pg.Client, total: number): Promise<{ first: Moment; last: Moment }> {
  return { first: await untilProjected(client, 1), last: await untilProjected(client, total) };
}

/** Asks for the oldest entry alone: counting a long outbox would be work for the server that is measured. @returns when it was empty */
async function untilPublished(client: pg.Client): Promise<number> {
  const query = {
    name: 'oldest',
    text: `SELECT min(o.oldest) AS oldest FROM (SELECT DISTINCT partition FROM library.progress) AS p
            CROSS JOIN LATERAL (SELECT concat_ws(' ', o.partition, o.id, o.done) AS oldest FROM library.outbox o
                                 WHERE o.partition = p.partition ORDER BY o.partition, o.id LIMIT 1) AS o`,
  };
  let oldest: string | null = '';
  let moved = performance.now();
  for (;;) {
    const { rows } = await client.query<{ oldest: string | null }>(query);
    const at = performance.now();
    const now = rows[0]?.oldest ?? null;
    if (now === null) return at;
    if (now !== oldest) moved = at;
    oldest = now;
    if (at - moved > STALLED_MS) throw new Error('outcomes are not published');
    await delay(POLL_MS);
  }
}
