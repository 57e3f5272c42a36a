import { DeadLetterTopic } from '../../consumer/dead-letters/dead-letter-topic';
import { ProjectorMetrics } from '../../consumer/projector/metrics';
import { Checkpoints } from '../../consumer/projector/checkpoint';
import type { Projection } from '../../consumer/projector/projection';
import { Projector } from '../../consumer/projector/projector';
import { createDecoder } from '../../schemas/codec/codec';
import type { AnyEvent, EventSet } from '../../schemas/event-set';
import type { Context, RunningRole } from './context';
import { PARTITIONS } from '../../schemas/topics';

export interface ProjectorRole<E extends AnyEvent> {
  readonly topic: string;
  readonly eventSet: EventSet<E>;
  readonly projection: Projection<E>;
  /** See `ApplierOptions`. */
  readonly ignoreUndecodable?: boolean;
  /** Told which partitions this instance has now. */
  onAssigned?(partitions: readonly number[]): void;
}

/** Reads a topic into a view, for as long as the process lives. */
export async function startProjector<E extends AnyEvent>(
  { config, log, topics, projectionPool, registry, logger, metrics, fail }: Context,
  { topic, eventSet, projection, ...options }: ProjectorRole<E>,
): Promise<RunningRole> {
  const { consumer } = projection;
  const deadLetters = new DeadLetterTopic(log.createAppender(), topics.deadLetters);
  const projector = new Projector({
    ...options,
    log,
    topic,
    partitions: PARTITIONS,
    group: `${config.TOPIC_PREFIX}.${consumer}`,
    projection,
    decoder: createDecoder({ registry, schemas: eventSet }),
    progress: new Checkpoints(projectionPool, consumer, topic, await log.identity()),
    deadLetters,
    logger: logger.child({ consumer }),
    metrics: new ProjectorMetrics(metrics, consumer),
    onFatal: fail,
  });
  await projector.start();
  return {
    async close() {
      await projector.close();
      await deadLetters.close();
    },
  };
}
