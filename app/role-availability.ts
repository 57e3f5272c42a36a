import { DeadLetterTopic } from '../consumer/projector/dead-letters';
import { ProjectorMetrics } from '../consumer/projector/metrics';
import { Progress } from '../consumer/projector/progress';
import { Projector } from '../consumer/projector/projector';
import { AVAILABILITY, AvailabilityProjection } from '../consumer/views/availability/projection';
import { Relay } from '../consumer/outcomes/relay';
import { encodeRecord } from '../schemas/cloudevents';
import { createDecoder, createEncoder } from '../schemas/codec';
import { LIBRARY_EVENTS, OUTCOMES } from '../schemas/generated/events';
import type { Context, RunningRole } from './context';
import { PARTITIONS } from './topics';

/** Projects the stream into the availability view. */
export async function startAvailability(context: Context): Promise<RunningRole> {
  const { config, log, topics, projectionPool, registry, logger, metrics } = context;
  const relay = await createRelay(context);
  const projection = new AvailabilityProjection({
    pool: projectionPool,
    topic: topics.reservations,
    rules: { pickupWindow: config.PICKUP_WINDOW },
    onOutcomes: () => relay.wake(),
  });
  const deadLetters = new DeadLetterTopic(log.createAppender(), topics.deadLetters);
  const projector = new Projector({
    log,
    topic: topics.reservations,
    partitions: PARTITIONS,
    group: `${config.TOPIC_PREFIX}.${AVAILABILITY}`,
    projection,
    decoder: createDecoder({ registry, schemas: LIBRARY_EVENTS }),
    progress: new Progress(projectionPool, AVAILABILITY, topics.reservations, await log.identity()),
    deadLetters,
    logger: logger.child({ consumer: AVAILABILITY }),
    metrics: new ProjectorMetrics(metrics, AVAILABILITY),
    onFatal: context.fail,
    onAssigned: (partitions) => relay.assign(partitions),
  });
  relay.start();
  await projector.start();
  return {
    async close() {
      await projector.close();
      await Promise.all([relay.close(), deadLetters.close()]);
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
