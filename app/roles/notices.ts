import type { NoticeChannel } from '../../consumer/notices/channels/channel';
import { LogChannel } from '../../consumer/notices/channels/log';
import { SmtpChannel } from '../../consumer/notices/channels/smtp';
import { WebhookChannel } from '../../consumer/notices/channels/webhook';
import { NoticeDispatcher } from '../../consumer/notices/notice-dispatcher';
import { NoticeMetrics } from '../../consumer/notices/metrics';
import { NOTICES } from '../../consumer/notices/projection';
import { NoticeQueue } from '../../consumer/notices/queue';
import { channelSettings } from '../../consumer/notices/settings';
import type { Context } from './context';

const LONGEST_PAUSE_MS = 3_600_000;

/** Starts what delivers the notices that the view of notices has stored. */
export function startDispatcher(context: Context): NoticeDispatcher {
  const dispatcher = createDispatcher(context);
  dispatcher.start();
  return dispatcher;
}

function createDispatcher(context: Context): NoticeDispatcher {
  const { config, projectionPool, metrics, logger } = context;
  const channel = createChannel(context);
  // The projections' pool: what a crash of Postgres takes back is only done once more.
  const queue = new NoticeQueue(projectionPool);
  const noticeMetrics = new NoticeMetrics(metrics);
  noticeMetrics.watch(() => queue.counts());
  return new NoticeDispatcher({
    queue,
    channel,
    concurrency: config.NOTICE_CONCURRENCY,
    timeout: config.NOTICE_TIMEOUT,
    attempts: config.NOTICE_ATTEMPTS,
    backOff: { first: config.NOTICE_RETRY_PAUSE, longest: LONGEST_PAUSE_MS },
    logger: logger.child({ consumer: NOTICES }),
    metrics: noticeMetrics,
  });
}

function createChannel({ config, logger }: Context): NoticeChannel {
  const settings = channelSettings(config);
  switch (settings.kind) {
    case 'log':
      return new LogChannel(logger);
    case 'smtp':
      return new SmtpChannel({
        ...settings,
        connections: config.NOTICE_CONCURRENCY,
        timeout: config.NOTICE_TIMEOUT,
      });
    case 'webhook':
      return new WebhookChannel(settings);
  }
}
