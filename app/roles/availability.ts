import { AvailabilityProjection } from '../../consumer/views/availability/projection';
import { Relay } from '../../consumer/views/availability/relay';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import { LIBRARY_EVENTS, OUTCOMES } from '../../schemas/generated/events';
import type { Context, RunningRole } from './context';
import { startProjector } from './projector';

/** Projects the stream into the availability view. */
export async function startAvailability(context: Context): Promise<RunningRole> {
  const { config, topics, projectionPool } = context;
  const relay = await createRelay(context);
  const projection = new AvailabilityProjection({
    pool: projectionPool,
    topic: topics.reservations,
    rules: { pickupWindow: config.PICKUP_WINDOW },
    onOutcomes: () => relay.wake(),
  });
  relay.start();
  const projector = await startProjector(context, {
    topic: topics.reservations,
    eventSet: LIBRARY_EVENTS,
    projection,
    onAssigned: (partitions) => relay.assign(partitions),
  });
  return {
    async close() {
      await projector.close();
      await relay.close();
    },
  };
}

async function createRelay({ log, topics, projectionPool, registry, logger }: Context): Promise<Relay> {
  const encoder = await createEncoder({ registry, topic: topics.outcomes, schemas: OUTCOMES });
  return new Relay({
    pool: projectionPool,
    appender: log.createAppender(),
    topic: topics.outcomes,
    encode: (outcome) => encodeRecord(outcome, encoder, { source: '/library/availability' }),
    logger,
  });
}
