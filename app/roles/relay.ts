import { Relay } from '../../consumer/views/availability/relay';
import { RelayMetrics } from '../../consumer/views/availability/relay-metrics';
import { perRegistry } from '../../infra/per-registry';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import { createEncoder } from '../../schemas/codec/codec';
import { OUTCOMES } from '../../schemas/generated/events';
import type { Pool } from 'pg';
import type { Context } from './context';

const relayMetrics = perRegistry((registry) => new RelayMetrics(registry));

/** Starts what publishes the outcomes that the availability view has decided. */
export async function startRelay(
  { log, topics, registry, logger, metrics }: Context,
  pool: Pool,
): Promise<Relay> {
  const encoder = await createEncoder({ registry, topic: topics.outcomes, schemas: OUTCOMES });
  const relay = new Relay({
    pool,
    appender: log.createAppender(),
    topic: topics.outcomes,
    encode: (outcome) =>
      encodeRecord(outcome, encoder, {
        source: '/library/availability',
        actor: { type: 'service', id: 'availability' },
      }),
    logger,
    metrics: relayMetrics(metrics),
  });
  relay.start();
  return relay;
}
