import { DeadLetterTopic, type DeadLetters } from '../consumer/projector/dead-letters';
import { ProjectorMetrics } from '../consumer/projector/metrics';
import { Progress } from '../consumer/projector/progress';
import { Projector } from '../consumer/projector/projector';
import { DEMAND, DemandProjection } from '../consumer/views/demand/projection';
import { createDecoder, UndecodableError } from '../schemas/codec';
import { LIBRARY_EVENTS } from '../schemas/generated/events';
import type { Context, RunningRole } from './context';
import { PARTITIONS } from './topics';

/** Projects the stream into the demand view. */
export async function startDemand(context: Context): Promise<RunningRole> {
  const { config, log, topics, projectionPool, registry, logger, metrics } = context;
  const topic = topics.reservations;
  const deadLetters = new DeadLetterTopic(log.createAppender(), topics.deadLetters);
  const projector = new Projector({
    log,
    topic,
    partitions: PARTITIONS,
    group: `${config.TOPIC_PREFIX}.${DEMAND}`,
    projection: new DemandProjection({
      pool: projectionPool,
      topic,
      rules: { pickupWindow: config.PICKUP_WINDOW },
    }),
    decoder: createDecoder({ registry, schemas: LIBRARY_EVENTS }),
    progress: new Progress(projectionPool, DEMAND, topic, await log.identity()),
    deadLetters: ownOnly(deadLetters),
    logger: logger.child({ consumer: DEMAND }),
    metrics: new ProjectorMetrics(metrics, DEMAND),
    onFatal: context.fail,
  });
  await projector.start();
  return {
    async close() {
      await projector.close();
      await deadLetters.close();
    },
  };
}

/** What nobody can decode is kept by the availability view. Kept by every reader, it would be there once for each. */
function ownOnly(letters: DeadLetters): DeadLetters {
  return {
    keep: async (topic, record, reason) => {
      if (!(reason instanceof UndecodableError)) await letters.keep(topic, record, reason);
    },
  };
}
