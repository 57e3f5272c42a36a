import type { Pool } from 'pg';
import type { NoticeChannel } from '../../consumer/notices/channels/channel';
import { LogChannel } from '../../consumer/notices/channels/log';
import { SmtpChannel } from '../../consumer/notices/channels/smtp';
import { WebhookChannel } from '../../consumer/notices/channels/webhook';
import { NoticeDispatcher } from '../../consumer/notices/notice-dispatcher';
import { NoticeMetrics } from '../../consumer/notices/metrics';
import { NOTICES } from '../../consumer/notices/projection';
import { NoticeQueue } from '../../consumer/notices/queue';
import { QuietHours } from '../../consumer/notices/quiet-hours';
import { channelSettings, textSettings } from '../../consumer/notices/settings';
import { NoticeTexts } from '../../consumer/notices/text';
import { perRegistry } from '../../infra/per-registry';
import type { Context } from './context';

const LONGEST_PAUSE_MS = 3_600_000;

/** Starts what delivers the notices that the view of notices has stored. */
export function startDispatcher(context: Context, pool: Pool): NoticeDispatcher {
  const dispatcher = createDispatcher(context, pool);
  dispatcher.start();
  return dispatcher;
}

function createDispatcher(context: Context, pool: Pool): NoticeDispatcher {
  const { config, logger } = context;
  const channel = createChannel(context);
  // The projections' pool: what a crash of Postgres takes back is only done once more.
  const queue = new NoticeQueue(pool);
  const quietHours = new QuietHours(config.NOTICE_QUIET_HOURS, config.NOTICE_TIME_ZONE);
  return new NoticeDispatcher({
    queue,
    channel,
    concurrency: config.NOTICE_CONCURRENCY,
    timeout: config.NOTICE_TIMEOUT,
    quietHours,
    optedOut: config.NOTICE_OPTED_OUT,
    attempts: config.NOTICE_ATTEMPTS,
    backOff: { first: config.NOTICE_RETRY_PAUSE, longest: LONGEST_PAUSE_MS },
    logger: logger.child({ consumer: NOTICES }),
    metrics: noticeMetrics(context.metrics, context.pool, quietHours),
    tracing: context.tracing,
  });
}

const noticeMetrics = perRegistry((registry, pool: Pool, quietHours: QuietHours) => {
  const metrics = new NoticeMetrics(registry);
  const queue = new NoticeQueue(pool);
  metrics.watch({ counts: () => queue.counts() }, quietHours);
  return metrics;
});

function createChannel({ config, logger }: Context): NoticeChannel {
  const settings = channelSettings(config);
  const texts = new NoticeTexts(textSettings(config));
  switch (settings.kind) {
    case 'log':
      return new LogChannel(logger, texts);
    case 'smtp':
      return new SmtpChannel({
        ...settings,
        connections: config.NOTICE_CONCURRENCY,
        timeout: config.NOTICE_TIMEOUT,
        texts,
      });
    case 'webhook':
      return new WebhookChannel({ ...settings, texts });
  }
}
