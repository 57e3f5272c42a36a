import { formatPosition } from '../../infra/event-log/log';
import type { RunHistory, StreamEvent } from '../history';

/** The stream, as the checks look things up in it. */
export interface StreamIndex {
  /** The first record of every event, each partition's in order: a repeated record changes nothing. */
  readonly firsts: readonly StreamEvent[];
  readonly at: ReadonlyMap<string, StreamEvent>;
  /** The first record of an event, by its ID. */
  readonly byEvent: ReadonlyMap<string, StreamEvent>;
  /** The first record of each event of an operation. */
  readonly byTrace: ReadonlyMap<string, readonly StreamEvent[]>;
}

export function indexStream({ stream }: Pick<RunHistory, 'stream'>): StreamIndex {
  const firsts: StreamEvent[] = [];
  const at = new Map<string, StreamEvent>();
  const byEvent = new Map<string, StreamEvent>();
  const byTrace = new Map<string, StreamEvent[]>();
  for (const record of stream) {
    at.set(formatPosition(record.position), record);
    if (byEvent.has(record.event.eventId)) continue;
    byEvent.set(record.event.eventId, record);
    firsts.push(record);
    if (record.trace !== null) byTrace.set(record.trace, [...(byTrace.get(record.trace) ?? []), record]);
  }
  return { firsts, at, byEvent, byTrace };
}
