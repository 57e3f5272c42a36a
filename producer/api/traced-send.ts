import type { Position } from '../../infra/event-log/log';
import { ofTopic } from '../../infra/tracing/messaging';
import type { Tracing } from '../../infra/tracing/tracing';
import type { LibraryEvent } from '../../schemas/generated/events';

export interface SendSpan {
  readonly tracing: Tracing;
  readonly topic: string;
  readonly event: LibraryEvent;
  /** The `traceparent` of the request. */
  readonly parent: string | undefined;
}

/** Sends an event as a span of its own. @param send is given the `traceparent` that its record is to carry */
export async function tracedSend(
  { tracing, topic, event, parent }: SendSpan,
  send: (traceparent: string) => Promise<Position>,
): Promise<Position> {
  const attributes = {
    ...ofTopic(topic, 'send'),
    'messaging.message.id': event.eventId,
    'messaging.kafka.message.key': event.bookId,
  };
  const span = tracing.span(`send ${topic}`, { kind: 'producer', parent, attributes });
  try {
    const position = await send(span.traceparent);
    const { partition, offset } = position;
    span.end({ 'messaging.destination.partition.id': String(partition), 'messaging.kafka.offset': offset });
    return position;
  } catch (error) {
    span.end({}, error);
    throw error;
  }
}
