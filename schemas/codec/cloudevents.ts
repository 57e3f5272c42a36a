import type { OutgoingRecord } from '../../infra/event-log/log';
import { timestampText } from '../../infra/timestamp-text';
import type { Actor } from '../access';
import type { Encoder } from './encoder';
import type { AnyEvent } from '../event-set';

export interface Envelope {
  /** A URI reference that names the producer, such as `/library/api`. */
  readonly source: string;
  /** Who acted; absent: nothing is said about it. */
  readonly actor?: Actor | undefined;
  /** The W3C trace that the event belongs to. */
  readonly traceparent?: string | undefined;
}

const typeHeaders = new Map<string, string>();

/** The header `ce_type` of an event: the full name of its record. */
export function typeHeaderOf({ type }: Pick<AnyEvent, 'type'>): string {
  let header = typeHeaders.get(type);
  if (header === undefined) typeHeaders.set(type, (header = `library.${type}`));
  return header;
}

/** The headers of an event: CloudEvents 1.0 in binary mode, with Kafka's `ce_` prefix. */
export function headersOf(event: AnyEvent, { source, actor, traceparent }: Envelope): Record<string, string> {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: event.eventId,
    ce_type: typeHeaderOf(event),
    ce_source: source,
    ce_time: timestampText(event.occurredAt),
    ce_subject: event.bookId,
    'content-type': 'application/avro',
  };
  // CloudEvents' auth context: who acted, and by which right.
  if (actor) {
    headers.ce_authtype = actor.type;
    if (actor.id !== undefined) headers.ce_authid = actor.id;
    if (actor.role !== undefined) headers.ce_authclaims = JSON.stringify({ role: actor.role });
  }
  if (traceparent !== undefined) headers.traceparent = traceparent;
  return headers;
}

/**
 * The event as a record to append. Its key is the book, so that the events of a book keep their order.
 * @throws {InvalidEventError} naming the field that is wrong
 */
export function encodeRecord<E extends AnyEvent>(
  event: E,
  encoder: Encoder<E>,
  envelope: Envelope,
): OutgoingRecord {
  const value = encoder.encode(event);
  return { key: event.bookId, value, headers: headersOf(event, envelope) };
}
