import { AppendedPositions } from '../../consumer/policies/appended-positions';
import { overdueReservations } from '../../consumer/policies/expiry';
import { POLICIES_LOCK } from '../../consumer/policies/leader';
import { LimitPolicy } from '../../consumer/policies/limit-policy';
import { PolicyMetrics } from '../../consumer/policies/metrics';
import { followNews } from '../../consumer/policies/news-follower';
import { PolicyLoop, type PolicyLoopOptions } from '../../consumer/policies/policy-loop';
import { UsersWithNews } from '../../consumer/policies/users-with-news';
import { ViewFreshness } from '../../consumer/policies/view-freshness';
import { storedPositions } from '../../consumer/projector/checkpoint';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import { AVAILABILITY_VIEW } from '../../consumer/views/availability/definition';
import { Leadership, type Term } from '../../infra/postgres/leadership';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createDecoder, createEncoder } from '../../schemas/codec/codec';
import { LIBRARY_EVENTS, OUTCOMES } from '../../schemas/generated/events';
import type { Context, RunningRole } from './context';

const LONGEST_INTERVAL_MS = 1_000;
const LIMIT_INTERVAL_MS = 500;
/** How far behind the stream the view may be for the limit to be enforced. */
const LONGEST_BEHIND_MS = 5_000;
const CONSUMER = AVAILABILITY_VIEW.name;

/** Makes a loop of a policy. */
type Loop = (options: Pick<PolicyLoopOptions, 'name' | 'interval' | 'decide' | 'onAppended'>) => PolicyLoop;

/**
 * Runs the policies that need more than one book or a clock: expired pickup windows, the limit of open reservations per user.
 * Of several instances one decides, and the others stand by.
 */
export async function startPolicies(context: Context): Promise<RunningRole> {
  const { config, log, topics, registry, kafka, logger } = context;
  const encoder = await createEncoder({ registry, topic: topics.reservations, schemas: LIBRARY_EVENTS });
  const metrics = new PolicyMetrics(context.metrics, () => leadership.leads);
  const loop: Loop = (options) =>
    new PolicyLoop({
      ...options,
      encode: (event) =>
        encodeRecord(event, encoder, {
          source: '/library/policies',
          actor: { type: 'service', id: 'policies' },
        }),
      appender: log.createAppender(),
      topic: topics.reservations,
      logger,
      metrics,
    });
  const leadership = new Leadership({
    databaseUrl: config.DATABASE_URL,
    lock: POLICIES_LOCK,
    name: `${kafka.clientId}, process ${process.pid}`,
    lead: () => lead(context, loop),
    logger,
  });
  leadership.start();
  return { close: () => leadership.close() };
}

async function lead(context: Context, loop: Loop): Promise<Term> {
  const limit = context.config.MAX_OPEN_RESERVATIONS;
  const terms = [await enforceWindows(context, loop)];
  if (limit !== undefined) {
    try {
      terms.push(await enforceLimit(context, loop, limit));
    } catch (error) {
      await terms[0]!.close();
      throw error;
    }
  }
  return { close: async () => void (await Promise.all(terms.map((term) => term.close()))) };
}

async function enforceWindows({ config, log, topics, pools }: Context, loop: Loop): Promise<Term> {
  const pool = pools.of('policies');
  const topic = topics.reservations;
  // What an earlier leader has appended is before these ends.
  const ends = (await log.bounds(topic)).map(({ partition, end }) => [partition, end] as const);
  const appended = new AppendedPositions(new Map(ends));
  const expiry = loop({
    name: 'expiry',
    // Short windows, as in tests and demos, are checked more often.
    interval: Math.min(LONGEST_INTERVAL_MS, Math.max(50, config.PICKUP_WINDOW / 20)),
    async *decide() {
      const stored = await storedPositions(pool, { consumer: CONSUMER, topic });
      yield* overdueReservations(pool, appended.passedBy(stored));
    },
    onAppended: (position) => appended.add(position),
  });
  expiry.start();
  return expiry;
}

async function enforceLimit(context: Context, loop: Loop, limit: number): Promise<Term> {
  const { log, topics, registry, pools, logger } = context;
  const pool = pools.of('policies');
  const users = new UsersWithNews();
  const decoder = createDecoder({ registry, schemas: OUTCOMES });
  const follower = await followNews({ log, topic: topics.outcomes, decoder, users, logger });
  const freshness = new ViewFreshness({
    log,
    topic: topics.reservations,
    view: new ProgressWatcher(pool, CONSUMER, topics.reservations),
    longestBehind: LONGEST_BEHIND_MS,
    patience: LIMIT_INTERVAL_MS,
  });
  const policy = new LimitPolicy({ pool, limit, users, isFresh: () => freshness.isFresh() });
  const enforcing = loop({ name: 'limit', interval: LIMIT_INTERVAL_MS, decide: () => policy.decide() });
  enforcing.start();
  return {
    async close() {
      await enforcing.close();
      await follower.close();
    },
  };
}
