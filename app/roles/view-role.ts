import type { Pool } from 'pg';
import type { ViewName } from '../../consumer/all-views';
import { DeadLetterTopic } from '../../consumer/dead-letters/dead-letter-topic';
import { Checkpoints } from '../../consumer/projector/checkpoint';
import { ProjectorMetrics } from '../../consumer/projector/metrics';
import { Projector } from '../../consumer/projector/projector';
import type { StoredOutcomes, ViewDefinition } from '../../consumer/views/definition';
import { createDecoder } from '../../schemas/codec/codec';
import type { AnyEvent } from '../../schemas/event-set';
import { ForgottenUsers } from '../../schemas/forgotten/forgotten-users';
import type { Context, RunningRole } from './context';
import { startDispatcher } from './notices';
import { CONNECTIONS } from './pools';
import { startRelay } from './relay';
import { PARTITIONS } from '../../schemas/topics';

/** What runs beside the projector of a view, and publishes what the view has stored for others. */
export interface Companion {
  /** Called when the view may have stored something to publish. Never waits. @param stored see `ProjectionOptions` */
  wake(stored?: StoredOutcomes): void;
  /** Called with the partitions that this instance projects from now on. */
  assign?(partitions: readonly number[]): void;
  /** Finishes what is in progress. */
  close(): Promise<void>;
}

interface CompanionKind {
  /** How many connections of the view's pool it uses at a time. */
  readonly connections: number;
  start(context: Context, pool: Pool): Companion | Promise<Companion>;
}

const COMPANIONS: Partial<Record<ViewName, CompanionKind>> = {
  availability: { connections: CONNECTIONS.relay, start: startRelay },
  notices: { connections: CONNECTIONS.dispatcher, start: startDispatcher },
};

/** Runs the projector of a view, with its companion where it has one, for as long as the process lives. */
export async function startView(
  context: Context,
  view: ViewDefinition<AnyEvent, ViewName>,
): Promise<RunningRole> {
  const kind = COMPANIONS[view.name];
  const pool = context.pools.ofView(view.name, kind?.connections ?? 0);
  const companion = await kind?.start(context, pool);
  const projector = await startProjector(context, view, pool, companion).catch(async (error: unknown) => {
    await companion?.close();
    throw error;
  });
  return {
    async close() {
      await projector.close();
      await companion?.close();
    },
  };
}

async function startProjector(
  { config, log, topics, registry, logger, metrics, tracing, fail, onAssigned }: Context,
  view: ViewDefinition<AnyEvent, ViewName>,
  pool: Pool,
  companion: Companion | undefined,
): Promise<RunningRole> {
  const { name: consumer, events, ignoreUndecodable = false } = view;
  const topic = topics[events.name];
  const deadLetters = new DeadLetterTopic(log.createAppender(), topics.deadLetters);
  const users = new ForgottenUsers(log, topics.forgotten);
  const figures = new ProjectorMetrics(metrics, consumer);
  const projector = new Projector({
    ...{ log, topic, ignoreUndecodable, deadLetters },
    partitions: PARTITIONS,
    group: `${config.TOPIC_PREFIX}.${consumer}`,
    projection: view.createProjection({
      pool,
      topic,
      rules: { pickupWindow: config.PICKUP_WINDOW },
      noticeMaxAge: config.NOTICE_MAX_AGE,
      onStored: (stored) => companion?.wake(stored),
    }),
    decoder: createDecoder({ registry, schemas: events }),
    forgotten: users.maskOf(events.name),
    checkpoints: new Checkpoints(pool, consumer, topic, log, users),
    logger: logger.child({ consumer }),
    metrics: figures,
    tracing,
    concurrency: CONNECTIONS.projector,
    onAssigned: (partitions) => {
      companion?.assign?.(partitions);
      onAssigned?.(view.name);
    },
    onFatal: fail,
  });
  await projector.start();
  return {
    async close() {
      await projector.close();
      figures.assigned([]);
      await deadLetters.close();
    },
  };
}
