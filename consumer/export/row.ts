import type { LogRecord } from '../../infra/event-log/log';

/** The event of a record: the common fields, and its own by name. */
export interface StreamEvent {
  readonly type: string | null;
  readonly eventId: string | null;
  readonly bookId: string | null;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number | null;
}

/** One record of a topic: its position, key, headers and timestamp, with its event. */
export interface EventRow {
  readonly record: LogRecord;
  readonly event: StreamEvent;
  /** What became of the event, where that is asked for: see `Verdicts`. */
  readonly verdict?: string | undefined;
}

/** A field of the event, or null where this kind of event has none of that name. */
export function fieldOf(event: StreamEvent, name: string): unknown {
  return (event as unknown as Readonly<Record<string, unknown>>)[name] ?? null;
}

/** The headers as texts. Bytes that are not UTF-8 are replaced (U+FFFD). */
export function headerTexts({ headers }: LogRecord): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]));
}

/** Who acted, by the headers of the record (CloudEvents' auth context); null where they do not say. */
export function actorIn({ headers }: LogRecord): {
  readonly type: string | null;
  readonly id: string | null;
} {
  return {
    type: headers['ce_authtype']?.toString() ?? null,
    id: headers['ce_authid']?.toString() ?? null,
  };
}
