import { DeadLetterRetrier } from '../../consumer/dead-letters/dead-letter-retrier';
import { discardedPositions, type RetryUnit } from '../../consumer/dead-letters/dead-letter-table';
import { HeldBooks } from '../../consumer/dead-letters/held-books';
import { retryDeadLetters, type Retried } from '../../consumer/dead-letters/retry';
import { migrations } from '../../consumer/prisma/migrate';
import { Checkpoints, holdPartition } from '../../consumer/projector/checkpoint';
import type { ReplaySources } from '../../consumer/replay/replay';
import { RecordedRules } from '../../consumer/views/availability/recorded-rules';
import type { ViewDefinition } from '../../consumer/views/definition';
import { createDecoder } from '../../schemas/codec/codec';
import type { AnyEvent } from '../../schemas/event-set';
import { PARTITIONS } from '../../schemas/topics';
import type { Connections } from './connections';

/** The topic that a view reads. */
function topicOf({ events }: ViewDefinition, { topics }: Connections): string {
  return topics[events.name];
}

/** What a replay of any view works with. */
export function replaySources(connections: Connections): ReplaySources {
  const { log, pool, openPool, registry, forgotten, logger, topics, config } = connections;
  return {
    ...{ log, pool, openPool, registry, forgotten, logger, topics },
    partitions: PARTITIONS,
    migrations: migrations(),
    today: { pickupWindow: config.PICKUP_WINDOW },
    noticeMaxAge: config.NOTICE_MAX_AGE,
    deadLetterTopic: topics.deadLetters,
  };
}

/** Retries what the live view has set aside. What follows from it is published, as the role would have published it. */
export async function retryLive(
  view: ViewDefinition,
  units: readonly RetryUnit[],
  connections: Connections,
  signal: AbortSignal,
): Promise<Retried[]> {
  const { pool, log, forgotten } = connections;
  const topic = topicOf(view, connections);
  const of = { consumer: view.name, topic };
  return retryDeadLetters(units, {
    ...{ log, topic, signal },
    heldBooks: new HeldBooks(pool, of),
    retrier: await liveRetrier(view, connections),
    checkpoints: new Checkpoints(pool, view.name, topic, log, forgotten),
    hold: async (partition) => {
      const held = await holdPartition(pool, of, partition);
      await forgotten.refresh();
      return held;
    },
    discarded: () => discardedPositions(pool, of),
  });
}

async function liveRetrier(
  view: ViewDefinition,
  connections: Connections,
): Promise<DeadLetterRetrier<AnyEvent>> {
  const { pool, registry, forgotten, logger, config } = connections;
  const rules = await RecordedRules.load(pool, { pickupWindow: config.PICKUP_WINDOW });
  return new DeadLetterRetrier({
    partitions: PARTITIONS,
    projection: view.createProjection({
      pool,
      topic: topicOf(view, connections),
      rules: (position) => rules.at(position),
      noticeMaxAge: config.NOTICE_MAX_AGE,
    }),
    decoder: createDecoder({ registry, schemas: view.events }),
    forgotten: forgotten.maskOf(view.events.name),
    logger,
  });
}
