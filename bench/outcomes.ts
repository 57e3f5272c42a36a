import { waitUntil } from '../infra/local/wait';
import type { Position } from '../infra/event-log/log';
import type { TestEnvironment } from '../test/environment';
import { OUTCOMES_PER_PAIR } from './events';

/** An outcome as a record of its topic. */
export interface PublishedOutcome extends Position {
  /** The ID of the event; its notice, if it calls for one, has the same ID. */
  readonly id: string;
  readonly type: string;
  /** When it was appended, in milliseconds since the epoch. */
  readonly at: number;
}

/** See `SteadyResult`. */
interface Steady {
  readonly tag: string;
  readonly from: number;
  readonly events: number;
}

const TIMEOUT_MS = 30_000;

/**
 * The outcomes of a turnover's steady part, in order within each partition. Resolves when all are on the topic.
 * @throws {Error} when they are not within half a minute
 */
export async function outcomesOfTurnover(
  environment: TestEnvironment,
  part: Steady,
): Promise<PublishedOutcome[]> {
  const expected = (part.events / 2) * OUTCOMES_PER_PAIR;
  let outcomes: PublishedOutcome[] = [];
  await waitUntil(async () => (outcomes = await readOutcomes(environment, part)).length >= expected, {
    what: `${expected} outcomes were not published`,
    timeout: TIMEOUT_MS,
    every: 500,
  });
  return outcomes;
}

async function readOutcomes(
  { log, topics }: TestEnvironment,
  { tag, from }: Steady,
): Promise<PublishedOutcome[]> {
  const outcomes: PublishedOutcome[] = [];
  for await (const { records } of log.read(topics.outcomes, { ranges: await log.bounds(topics.outcomes) })) {
    for (const { partition, offset, timestamp: at, key, headers } of records) {
      if (at < from || !String(key).startsWith(`${tag}-`)) continue;
      const [id, type] = [String(headers['ce_id']), String(headers['ce_type'])];
      outcomes.push({ partition, offset, at, id, type });
    }
  }
  return outcomes;
}
