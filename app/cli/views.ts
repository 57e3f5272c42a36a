import { migrations } from '../../consumer/prisma/migrate';
import { Checkpoints } from '../../consumer/projector/checkpoint';
import type { ReplaySources } from '../../consumer/replay/replay';
import { RecordedRules } from '../../consumer/replay/rules';
import { openView, viewOf, type OpenView, type ViewName } from '../../consumer/replay/view';
import { PARTITIONS } from '../../schemas/topics';
import type { Connections } from './connections';

/** The topic that a view is projected from. */
export function topicOf(name: ViewName, { topics }: Connections): string {
  return topics[viewOf(name).reads];
}

/** The sources from which views are rebuilt. */
export function replaySources({ log, pool, registry, logger, topics, config }: Connections): ReplaySources {
  return {
    ...{ log, pool, registry, logger, topics },
    partitions: PARTITIONS,
    migrations: migrations(),
    today: { pickupWindow: config.PICKUP_WINDOW },
    noticeMaxAge: config.NOTICE_MAX_AGE,
  };
}

/** Opens the live view for set-aside records. It publishes their outcomes as the role would have published them. */
export async function openLiveView(name: ViewName, connections: Connections): Promise<OpenView> {
  const { pool, registry, logger, config } = connections;
  const rules = await RecordedRules.load(pool, { pickupWindow: config.PICKUP_WINDOW });
  return openView(name, {
    ...{
      pool,
      registry,
      logger,
      schema: 'library',
      topic: topicOf(name, connections),
      partitions: PARTITIONS,
    },
    rulesAt: (position) => rules.at(position),
    noticeMaxAge: config.NOTICE_MAX_AGE,
    publishes: () => true,
    discarded: new Set(),
  });
}

/** The checkpoints of the live view. */
export async function liveProgress(name: ViewName, connections: Connections): Promise<Checkpoints> {
  return new Checkpoints(
    connections.pool,
    name,
    topicOf(name, connections),
    await connections.log.identity(),
  );
}
