import { Relay } from '../../consumer/views/availability/relay';
import { RelayMetrics } from '../../consumer/views/availability/relay-metrics';
import { perRegistry } from '../../infra/per-registry';
import { ofTopic, tracedAppender } from '../../infra/tracing/messaging';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import { OUTCOMES, type Outcome } from '../../schemas/generated/events';
import type { Pool } from 'pg';
import type { Tracing } from '../../infra/tracing/tracing';
import type { Context } from './context';

const relayMetrics = perRegistry((registry) => new RelayMetrics(registry));

/** Starts what publishes the outcomes that the availability view has decided. */
export async function startRelay(
  { log, topics, registry, logger, metrics, tracing }: Context,
  pool: Pool,
): Promise<Relay> {
  const createSpan = (by: Tracing, { eventId, bookId }: Outcome, parent: string) => {
    const attributes = {
      ...ofTopic(topics.outcomes, 'create'),
      'messaging.message.id': eventId,
      'messaging.kafka.message.key': bookId,
    };
    const span = by.span(`create ${topics.outcomes}`, { kind: 'producer', parent, attributes });
    span.end();
    return span.traceparent;
  };
  const encoder = await createEncoder({ registry, topic: topics.outcomes, schemas: OUTCOMES });
  const relay = new Relay({
    pool,
    appender: tracedAppender(log.createAppender(), tracing),
    topic: topics.outcomes,
    encode: (outcome, traceparent) =>
      encodeRecord(outcome, encoder, {
        source: '/library/availability',
        actor: { type: 'service', id: 'availability' },
        traceparent: tracing && traceparent ? createSpan(tracing, outcome, traceparent) : traceparent,
      }),
    logger,
    metrics: relayMetrics(metrics),
  });
  relay.start();
  return relay;
}
