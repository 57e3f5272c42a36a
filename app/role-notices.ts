import type { NoticeChannel } from '../consumer/notices/channel';
import { LogChannel } from '../consumer/notices/channels/log';
import { SmtpChannel } from '../consumer/notices/channels/smtp';
import { WebhookChannel } from '../consumer/notices/channels/webhook';
import { Courier } from '../consumer/notices/courier';
import { NoticeMetrics } from '../consumer/notices/metrics';
import { NOTICES, NoticesProjection } from '../consumer/notices/projection';
import { NoticeQueue } from '../consumer/notices/queue';
import { channelSettings } from '../consumer/notices/settings';
import { DeadLetterTopic } from '../consumer/projector/dead-letters';
import { ProjectorMetrics } from '../consumer/projector/metrics';
import { Progress } from '../consumer/projector/progress';
import { Projector } from '../consumer/projector/projector';
import { createDecoder } from '../schemas/codec';
import { OUTCOMES } from '../schemas/generated/events';
import type { Context, RunningRole } from './context';
import { PARTITIONS } from './topics';

const LONGEST_PAUSE_MS = 3_600_000;

/** Tells users what their reservations have come to. */
export async function startNotices(context: Context): Promise<RunningRole> {
  const { config, log, topics, projectionPool, registry, logger, metrics } = context;
  const courier = createCourier(context);
  const topic = topics.outcomes;
  const deadLetters = new DeadLetterTopic(log.createAppender(), topics.deadLetters);
  const projector = new Projector({
    log,
    topic,
    partitions: PARTITIONS,
    group: `${config.TOPIC_PREFIX}.${NOTICES}`,
    projection: new NoticesProjection({ pool: projectionPool, topic, onNotices: () => courier.wake() }),
    decoder: createDecoder({ registry, schemas: OUTCOMES }),
    progress: new Progress(projectionPool, NOTICES, topic, await log.identity()),
    deadLetters,
    logger: logger.child({ consumer: NOTICES }),
    metrics: new ProjectorMetrics(metrics, NOTICES),
    onFatal: context.fail,
  });
  await projector.start();
  courier.start();
  return {
    async close() {
      await Promise.all([projector.close(), courier.close()]);
      await deadLetters.close();
    },
  };
}

function createCourier(context: Context): Courier {
  const { config, projectionPool, metrics, logger } = context;
  const channel = createChannel(context);
  // The projections' pool: what a crash of Postgres takes back is only done once more.
  const queue = new NoticeQueue(projectionPool);
  const noticeMetrics = new NoticeMetrics(metrics);
  noticeMetrics.watch(() => queue.counts());
  return new Courier({
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
