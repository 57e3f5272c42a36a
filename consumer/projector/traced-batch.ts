import { linksOf, ofTopic } from '../../infra/tracing/messaging';
import type { Span, Tracing } from '../../infra/tracing/tracing';
import type { AnyEvent } from '../../schemas/event-set';
import type { ProjectionBatch } from './projection';

export interface BatchToTrace<E extends AnyEvent> {
  readonly topic: string;
  readonly consumer: string;
  readonly batch: ProjectionBatch<E>;
}

/** Begins the span of a batch, with links to the traces of its events; none where they have none. */
export function batchSpan<E extends AnyEvent>(
  tracing: Tracing,
  { topic, consumer, batch }: BatchToTrace<E>,
): Span | undefined {
  const links = linksOf(batch.events.map(({ traceparent }) => traceparent));
  if (links.length === 0) return undefined;
  return tracing.span(`process ${topic}`, {
    kind: 'consumer',
    links,
    attributes: {
      ...ofTopic(topic, 'process'),
      'library.consumer': consumer,
      'messaging.destination.partition.id': String(batch.partition),
      'messaging.batch.message_count': batch.events.length,
    },
  });
}
