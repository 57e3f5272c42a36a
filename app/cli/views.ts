import { Progress } from '../../consumer/projector/progress';
import { RecordedRules } from '../../consumer/replay/rules';
import { openView, viewOf, type OpenView, type ViewName } from '../../consumer/replay/view';
import { PARTITIONS } from '../topics';
import type { Tools } from './tools';

/** The topic that a view reads. */
export function topicOf(name: ViewName, { topics }: Tools): string {
  return topics[viewOf(name).reads];
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
