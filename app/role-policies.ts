import { overdueReservations } from '../consumer/policies/expiry';
import { PolicyLoop } from '../consumer/policies/policy-loop';
import { encodeRecord } from '../schemas/cloudevents';
import { createEncoder } from '../schemas/codec';
import { LIBRARY_EVENTS } from '../schemas/generated/events';
import type { Context, RunningRole } from './context';

const LONGEST_INTERVAL_MS = 1_000;

/** Decides what time brings: reservations that were not picked up expire. */
export async function startPolicies({
  config,
  log,
  topics,
  registry,
  pool,
  logger,
}: Context): Promise<RunningRole> {
  const encoder = await createEncoder({ registry, topic: topics.reservations, schemas: LIBRARY_EVENTS });
  const expiry = new PolicyLoop({
    name: 'expiry',
    decide: () => overdueReservations(pool, Date.now()),
    encode: (event) => encodeRecord(event, encoder, { source: '/library/policies' }),
    appender: log.createAppender(),
    topic: topics.reservations,
    // Short windows, as in tests and demos, are looked at more often.
    interval: Math.min(LONGEST_INTERVAL_MS, Math.max(50, config.PICKUP_WINDOW / 20)),
    logger,
  });
  expiry.start();
  return { close: () => expiry.close() };
}
