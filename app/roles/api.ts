import { viewRoutes } from '../../consumer/all-routes';
import { viewNamed } from '../../consumer/all-views';
import { ReservationLimitCheck } from '../../consumer/policies/reservation-limit-check';
import { Follower } from '../../infra/event-log/follower';
import { LateLive } from '../../consumer/live/late-live';
import { LiveMetrics } from '../../consumer/live/metrics';
import { liveRoutes } from '../../consumer/live/routes';
import { takingAfter } from '../../consumer/views/after';
import { deadLettersRoute } from '../../consumer/dead-letters/routes';
import { consumersRoute } from '../../consumer/projector/routes';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import { registerStoredLag } from '../../consumer/projector/stored-metrics';
import { createPrisma } from '../../consumer/prisma/client';
import { registerOutboxGauges } from '../../consumer/views/availability/outbox-metrics';
import { AvailabilityOutcomeLookup } from '../../consumer/views/availability/outcome-lookup';
import { AvailabilityQueries } from '../../consumer/views/availability/queries';
import * as resources from '../../consumer/views/availability/resources';
import { createHttpApp } from '../../infra/http/app';
import { Denials } from '../../infra/http/denials';
import { createHttpMetrics } from '../../infra/http/metrics';
import type { Page } from '../../infra/http/page';
import { createOriginCheck } from '../../infra/http/origin';
import { listen } from '../../infra/http/server';
import { WRITE_PROBLEMS } from '../../producer/api/refusals';
import { NOT_CAUGHT_UP, ReadGate } from '../../consumer/views/read-gate';
import { writeRoutes } from '../../producer/api/write-routes';
import { TopicClaims } from '../../producer/idempotency/claims';
import { GroupCommitWriter } from '../../producer/writer/group-commit-writer';
import { WriterMetrics } from '../../producer/writer/metrics';
import { GUARDED_PAGES } from '../../schemas/access';
import { authSettings } from '../../schemas/access-settings';
import { startAuthentication } from '../../schemas/authentication';
import { createDecoder, createEncoder } from '../../schemas/codec/codec';
import { ForgottenUsers } from '../../schemas/forgotten/forgotten-users';
import { eventsDocsPages } from '../../schemas/events-docs';
import { LIBRARY_EVENTS, OUTCOMES } from '../../schemas/generated/events';
import { callerRoute } from '../../schemas/caller-route';
import { API_INFO } from './api-info';
import type { Context, RunningRole } from './context';
import type { Patiently } from './patience';
import { webPagesFor } from './web';
import { PARTITIONS } from '../../schemas/topics';

/** How long a start may wait for the claims of idempotency keys to be read. */
const CLAIMS_READY_MS = 10_000;

/** The part of SHUTDOWN_TIMEOUT that requests under way have. The rest is for the writers and connections behind them. */
const HTTP_SHARE = 0.7;
/** For how long idle connections are served after the delay of the shutdown, where there is one. */
const LONGEST_LINGER_MS = 1_000;

/** How long to wait before the topic of those who were forgotten is read again after a failure. */
const FOLLOW_PAUSE_MS = 500;

/** The REST API: writes to the stream, reads from the views. @param waits for what is asked of Kafka before it can serve */
export async function startApi(
  context: Context,
  pages: readonly Page[],
  waits: Patiently,
): Promise<RunningRole & { url: string }> {
  const { config, logger, metrics, log, topics, tracing } = context;
  const settings = authSettings(config);
  const authentication = startAuthentication(settings, logger);
  const closing = new AbortController();
  const writes = await startWriting(context, waits);
  const reads = startReading(context);
  const live = await startLive(context, waits);
  registerStoredLag(metrics, log, context.pool);
  registerOutboxGauges(metrics, context.pool);
  const httpMetrics = createHttpMetrics(metrics);
  const app = createHttpApp({
    routes: [
      ...writeRoutes({
        ...writes,
        source: '/library/api',
        logger,
        timeout: config.WRITE_TIMEOUT,
        outcomes: reads.outcomes,
        admission: reads.admission,
        resources,
        tracing: tracing && { tracing, topic: topics.reservations },
      }),
      ...reads.routes,
      ...[
        ...liveRoutes(live),
        consumersRoute(log, context.pools.of('demandReads')),
        deadLettersRoute(context.pools.of('demandReads')),
        callerRoute(),
      ].map((route) => takingAfter(route, reads.gate)),
    ],
    info: API_INFO,
    logger,
    metrics: httpMetrics,
    pages: [...pages, ...eventsDocsPages(), ...webPagesFor(settings.mode, logger)],
    problemKinds: [...WRITE_PROBLEMS, NOT_CAUGHT_UP],
    denials: new Denials(logger, metrics),
    pageAccess: GUARDED_PAGES,
    identify: authentication.identify,
    rateLimit: config.RATE_LIMIT,
    liveStreams: config.LIVE_STREAMS,
    checkOrigin: createOriginCheck(
      settings.mode === 'none' ? (config.ALLOWED_HOSTS ?? []) : undefined,
      config.CORS_ORIGINS,
    ),
    corsOrigins: config.CORS_ORIGINS,
    trustedProxies: config.TRUSTED_PROXIES,
    tracing,
    shutdown: closing.signal,
  });
  // Not its bounds: for these each partition needs a leader, and the books of the others can be reserved without.
  await Promise.all([waits(() => log.topicId(topics.reservations)), writes.claims.ready(CLAIMS_READY_MS)]);
  const { HTTP_HOST: host, HTTP_PORT: port } = config;
  const onRefusal = httpMetrics.forRoute('any', '(overloaded)');
  const server = await listen(app, { host, port, variable: 'HTTP_PORT', closing, onRefusal });
  logger.info({ url: server.url, auth: settings.mode }, 'API ready');
  return {
    url: server.url,
    async close() {
      const linger = Math.min(config.SHUTDOWN_DELAY, LONGEST_LINGER_MS);
      await server.close(config.SHUTDOWN_TIMEOUT * HTTP_SHARE, linger);
      await writes.close();
      await reads.close();
      await live.close();
      await authentication.close();
    },
  };
}

async function startWriting({ config, log, topics, registry, logger, metrics }: Context, waits: Patiently) {
  const limits = {
    timeout: config.WRITE_TIMEOUT,
    maxPending: config.WRITE_QUEUE,
    maxPendingBytes: config.WRITE_QUEUE_BYTES,
  };
  const measured = new WriterMetrics(metrics);
  const writer = new GroupCommitWriter(log.createAppender(), {
    ...limits,
    topic: topics.reservations,
    partitions: PARTITIONS,
    onSend: (records, ms) => measured.sent(records, ms),
    observer: measured,
  });
  measured.watch(() => writer);
  const keyWriter = new GroupCommitWriter(log.createAppender(), {
    ...limits,
    topic: topics.idempotencyKeys,
    partitions: 1,
  });
  const claims = new TopicClaims({
    log,
    writer: keyWriter,
    topic: topics.idempotencyKeys,
    logger,
    registry: metrics,
  });
  return {
    writer,
    claims,
    encoder: await waits(() =>
      createEncoder({ registry, topic: topics.reservations, schemas: LIBRARY_EVENTS }),
    ),
    async close() {
      await Promise.all([writer.close(), keyWriter.close()]);
      await claims.close();
    },
  };
}

async function startLive({ log, topics, registry, logger, metrics: registers }: Context, waits: Patiently) {
  const metrics = new LiveMetrics(registers);
  const decoder = createDecoder({ registry, schemas: OUTCOMES });
  const users = new ForgottenUsers(log, topics.forgotten);
  await waits(() => users.refresh());
  const forgotten = users.maskOf('outcomes');
  const live = await LateLive.start({ log, topic: topics.outcomes, decoder, logger, metrics, forgotten });
  const handle = async () => {
    if (await users.refresh()) live.dropRecent();
  };
  const topic = topics.forgotten;
  const follower = new Follower(
    { log, topic, logger, history: 0, pause: FOLLOW_PAUSE_MS, handle },
    new Map([[0, 0]]),
  );
  return {
    live: () => live.current(),
    metrics,
    async close() {
      await Promise.all([follower.close(), live.close()]);
    },
  };
}

function startReading({ config, logger, pools, topics }: Context) {
  const limit = config.MAX_OPEN_RESERVATIONS;
  const progress = pools.of('progress');
  const reads = pools.of('reads');
  const prisma = createPrisma(reads, logger);
  const watchers = new Map<string, ProgressWatcher>();
  const watcherOf = (view: string) => {
    const watcher =
      watchers.get(view) ?? new ProgressWatcher(progress, view, topics[viewNamed(view).events.name]);
    watchers.set(view, watcher);
    return watcher;
  };
  return {
    gate: new ReadGate(watcherOf('availability'), PARTITIONS),
    routes: viewRoutes({
      ...{ pool: pools.of('demandReads'), reads, prisma },
      ...{ partitions: PARTITIONS, watcherOf },
    }),
    outcomes: new AvailabilityOutcomeLookup(
      new AvailabilityQueries(prisma, reads),
      watcherOf('availability'),
    ),
    admission: limit === undefined ? undefined : new ReservationLimitCheck(progress, limit),
    close: () => prisma.$disconnect(),
  };
}
