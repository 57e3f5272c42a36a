import { Progress } from '../../consumer/projector/progress';
import type { ReplaySources } from '../../consumer/replay/replay';
import { RecordedRules } from '../../consumer/replay/rules';
import { openView, viewOf, type OpenView, type ViewName } from '../../consumer/replay/view';
import { migrations } from '../roles/deploy';
import { PARTITIONS } from '../roles/topics';
import type { Tools } from './tools';

/** The topic that a view reads. */
export function topicOf(name: ViewName, { topics }: Tools): string {
  return topics[viewOf(name).reads];
}

/** What it takes to make views anew. */
export function replaySources({ log, pool, registry, logger, topics, config }: Tools): ReplaySources {
  return {
    ...{ log, pool, registry, logger, topics },
    partitions: PARTITIONS,
    migrations: migrations(),
    today: { pickupWindow: config.PICKUP_WINDOW },
    noticeMaxAge: config.NOTICE_MAX_AGE,
  };
}

/** The live view, open for what was set aside: it tells its outcomes as the role would have told them. */
export async function openLiveView(name: ViewName, tools: Tools): Promise<OpenView> {
  const { pool, registry, logger, config } = tools;
  const rules = await RecordedRules.load(pool, { pickupWindow: config.PICKUP_WINDOW });
  return openView(name, {
    ...{ pool, registry, logger, schema: 'library', topic: topicOf(name, tools), partitions: PARTITIONS },
    rulesAt: (position) => rules.at(position),
    noticeMaxAge: config.NOTICE_MAX_AGE,
    tells: () => true,
    discarded: new Set(),
  });
}

export async function liveProgress(name: ViewName, tools: Tools): Promise<Progress> {
  return new Progress(tools.pool, name, topicOf(name, tools), await tools.log.identity());
}
