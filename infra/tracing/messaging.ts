import type { Appender, AttemptResult, OutgoingRecord } from '../event-log/log';
import { TRACEPARENT } from '../trace-context';
import type { Attributes, Span, Tracing } from './tracing';

/** OpenTelemetry takes no more links of a span by default. */
const MOST_LINKS = 128;

/** What spans say of a topic, by the conventions for messaging. */
export function ofTopic(topic: string, operation: 'create' | 'send' | 'process'): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
  };
}

/** The traces that a batch is about, as links of its span. */
export function linksOf(traceparents: Iterable<string | undefined>): string[] {
  const links = new Set<string>();
  for (const traceparent of traceparents) {
    if (traceparent !== undefined && links.size < MOST_LINKS) links.add(traceparent);
  }
  return [...links];
}

/** An appender whose batches are spans, with links to the records in them. Records without a trace make none. */
export function tracedAppender(appender: Appender, tracing: Tracing | undefined): Appender {
  if (!tracing) return appender;
  return {
    attempt(topic, batches, options) {
      const spans = batches.map(({ partition, records }) => sendSpan(tracing, topic, partition, records));
      const results = appender.attempt(topic, batches, options);
      for (const [i, result] of results.entries()) void result.then((end) => endSpan(spans[i], end));
      return results;
    },
    append: (topic, records) => appender.append(topic, records),
    close: () => appender.close(),
  };
}

function sendSpan(
  tracing: Tracing,
  topic: string,
  partition: number,
  records: readonly OutgoingRecord[],
): Span | undefined {
  const links = linksOf(records.map(({ headers }) => headers[TRACEPARENT]?.toString()));
  if (links.length === 0) return undefined;
  return tracing.span(`send ${topic}`, {
    kind: 'client',
    links,
    attributes: {
      ...ofTopic(topic, 'send'),
      'messaging.destination.partition.id': String(partition),
      'messaging.batch.message_count': records.length,
    },
  });
}

function endSpan(span: Span | undefined, result: AttemptResult): void {
  if (result.kind === 'appended') span?.end({ 'messaging.kafka.offset': result.baseOffset });
  else span?.end({}, result.error);
}
