import { setTimeout as delay } from 'node:timers/promises';
import { storedPositions, type ConsumerOfTopic } from '../projector/checkpoint';
import { holdCheckpoints, releaseHold } from '../projector/checkpoint-swap';
import { NotForgottenError, type ForgetSources } from './sources';

/** The offset before which everything is meant, by partition. */
export type Cut = readonly number[];

/** A moment of the stream at which nothing of somebody was open or on loan. */
export interface Moment {
  readonly reservations: Cut;
  /** The same moment on the topic of outcomes: before it are the outcomes of all earlier events, and of no later one. */
  readonly outcomes: Cut;
}

/** How long a consumer may take to come to what was on the topics when the command looked. */
const LONGEST_BEHIND_MS = 60_000;
/** For how long the live view stands still at most: less than a hold lasts. */
const LONGEST_STILL_MS = 5_000;
const PAUSE_MS = 25;

/** The end of each partition as it is now. */
export async function endsOf({ log, partitions }: ForgetSources, topic: string): Promise<Cut> {
  const bounds = await log.bounds(topic);
  return cutOf(new Map(bounds.map(({ partition, end }) => [partition, end])), partitions);
}

/**
 * Resolves when a consumer has projected everything before the cut. One that has never read its topic is not waited for: it
 * has nothing, and knows who was forgotten when it begins.
 * @throws {NotForgottenError} when it does not come so far
 */
export async function reaches(
  { pool }: ForgetSources,
  of: ConsumerOfTopic,
  cut: Cut,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + LONGEST_BEHIND_MS;
  for (;;) {
    const stored = await storedPositions(pool, of);
    if (stored.size === 0 || cut.every((offset, partition) => (stored.get(partition) ?? 0) >= offset)) return;
    if (Date.now() > deadline)
      throw new NotForgottenError(
        `The consumer ${of.consumer} does not come to the end of ${of.topic}: it has to run for this ("library lag").`,
      );
    await delay(PAUSE_MS, undefined, { signal });
  }
}

/**
 * Stops the live view for a moment (writes and reads go on) and looks whether nothing of the user is open or on loan, until all
 * outcomes are published of what the view holds.
 * @returns undefined when something is, or the outcomes take too long
 */
export async function momentFor(
  sources: ForgetSources,
  userId: string,
  signal: AbortSignal,
): Promise<Moment | undefined> {
  const { pool, log, topics, partitions } = sources;
  const of = { consumer: 'availability', topic: topics.reservations };
  await holdCheckpoints(pool, { ...of, partitions, clusterId: await log.identity() });
  try {
    const reservations = cutOf(await storedPositions(pool, of), partitions);
    if (await hasOpenThings(sources, userId)) return undefined;
    const deadline = Date.now() + LONGEST_STILL_MS;
    while (!(await isPublished(sources))) {
      if (Date.now() > deadline) return undefined;
      await delay(PAUSE_MS, undefined, { signal });
    }
    return { reservations, outcomes: await endsOf(sources, topics.outcomes) };
  } finally {
    await releaseHold(pool, of);
  }
}

async function hasOpenThings({ pool }: ForgetSources, userId: string): Promise<boolean> {
  const { rows } = await pool.query<{ open: boolean }>(
    `SELECT EXISTS (SELECT FROM library.reservations WHERE user_id = $1 AND status IN ('waiting', 'ready'))
         OR EXISTS (SELECT FROM library.copies WHERE user_id = $1) AS open`,
    [userId],
  );
  return rows[0]!.open;
}

async function isPublished({ pool }: ForgetSources): Promise<boolean> {
  const { rows } = await pool.query<{ published: boolean }>(
    'SELECT NOT EXISTS (SELECT FROM library.outbox) AS published',
  );
  return rows[0]!.published;
}

function cutOf(offsets: ReadonlyMap<number, number>, partitions: number): Cut {
  return Array.from({ length: partitions }, (_, partition) => offsets.get(partition) ?? 0);
}
