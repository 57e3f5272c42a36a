import { formatPosition, type LogRecord, type Position } from '../../infra/event-log/log';
import type { Outcome } from '../../schemas/generated/events';

/** Which outcomes somebody follows. Absent = any. */
export interface Filter {
  readonly bookId?: string | undefined;
  readonly userId?: string | undefined;
}

/** An outcome, ready to be sent to anybody who follows it. */
export interface Frame extends Position {
  /** When it was appended, in milliseconds since the epoch. */
  readonly timestamp: number;
  readonly bookId: string;
  readonly userId: string;
  readonly bytes: Buffer;
}

/** The first thing on every stream: it opens proxies' buffers, and says how soon to come back after a loss. */
export const GREETING = Buffer.from(': outcomes of reservations\nretry: 1000\n\n');

/** What keeps a silent stream open, and finds out whether the client is still there. */
export const HEARTBEAT = Buffer.from(': heartbeat\n\n');

/** Times as everywhere in the API. The field names are those of the event. */
function jsonOf(outcome: Outcome): string {
  const time = (millis: number) => new Date(millis).toISOString();
  const pickupBy = outcome.type === 'ReservationReady' ? { pickupBy: time(outcome.pickupBy) } : {};
  return JSON.stringify({ ...outcome, occurredAt: time(outcome.occurredAt), ...pickupBy });
}

/** An outcome as a server-sent event: JSON has no line breaks of its own, so its data is one line. */
export function frameOf(record: LogRecord, outcome: Outcome): Frame {
  const { partition, offset, timestamp } = record;
  const id = formatPosition(record);
  const bytes = Buffer.from(`id: ${id}\nevent: ${outcome.type}\ndata: ${jsonOf(outcome)}\n\n`);
  return { partition, offset, timestamp, bookId: outcome.bookId, userId: outcome.userId, bytes };
}

/** Whether somebody with this filter is to get this outcome. */
export function matches(frame: Frame, { bookId, userId }: Filter): boolean {
  return (
    (bookId === undefined || frame.bookId === bookId) && (userId === undefined || frame.userId === userId)
  );
}
