import { overdueReservations } from '../../consumer/policies/expiry';
import { reservationsBeyond } from '../../consumer/policies/limit';
import { PolicyLoop } from '../../consumer/policies/policy-loop';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import { LIBRARY_EVENTS, type LibraryEvent } from '../../schemas/generated/events';
import type { Context, RunningRole } from './context';

const LONGEST_INTERVAL_MS = 1_000;
const LIMIT_INTERVAL_MS = 500;

/** Runs the policies that need more than one book or a clock: expired pickup windows, the limit of open reservations per user. */
export async function startPolicies(context: Context): Promise<RunningRole> {
  const { config, log, topics, registry, pools, logger } = context;
  const pool = pools.of('policies');
  const encoder = await createEncoder({ registry, topic: topics.reservations, schemas: LIBRARY_EVENTS });
  const loop = (name: string, interval: number, decide: () => Promise<readonly LibraryEvent[]>) =>
    new PolicyLoop({
      name,
      decide,
      interval,
      encode: (event) => encodeRecord(event, encoder, { source: '/library/policies' }),
      appender: log.createAppender(),
      topic: topics.reservations,
      logger,
    });
  // Short windows, as in tests and demos, are checked more often.
  const interval = Math.min(LONGEST_INTERVAL_MS, Math.max(50, config.PICKUP_WINDOW / 20));
  const loops = [loop('expiry', interval, () => overdueReservations(pool, Date.now()))];
  const limit = config.MAX_OPEN_RESERVATIONS;
  if (limit !== undefined) {
    loops.push(loop('limit', LIMIT_INTERVAL_MS, () => reservationsBeyond(limit, pool, Date.now())));
  }
  for (const each of loops) each.start();
  return { close: async () => void (await Promise.all(loops.map((each) => each.close()))) };
}
