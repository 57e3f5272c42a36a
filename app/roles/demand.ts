import { DemandProjection } from '../../consumer/views/demand/projection';
import { LIBRARY_EVENTS } from '../../schemas/generated/events';
import type { Context, RunningRole } from './context';
import { startProjector } from './projector';

/** Projects the stream into the demand view. */
export function startDemand(context: Context): Promise<RunningRole> {
  const { config, topics, projectionPool } = context;
  const topic = topics.reservations;
  return startProjector(context, {
    topic,
    eventSet: LIBRARY_EVENTS,
    projection: new DemandProjection({
      pool: projectionPool,
      topic,
      rules: { pickupWindow: config.PICKUP_WINDOW },
    }),
    // The availability view reads the same topic.
    ignoreUndecodable: true,
  });
}
