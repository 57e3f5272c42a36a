import type { OutgoingRecord, Position } from '../../infra/event-log/log';

/** Takes events for one topic and says where each stands once it is safely there. */
export interface Writer {
  /**
   * Resolves when the log has acknowledged the record on all in-sync replicas.
   * @param deadline until when, on the clock of `performance.now`; absent: as long as a write may take
   * @throws {NotRecordedError} when the record is surely not in the log (queue full, log unreachable, shutting down)
   * @throws {MaybeRecordedError} when the deadline passed and the record may be there: repeat with the same event ID
   */
  write(record: OutgoingRecord, deadline?: number): Promise<Position>;
  /** Writes what is queued (as long as the deadlines allow) and releases the connection. Later writes are refused. */
  close(): Promise<void>;
}

export class NotRecordedError extends Error {
  override readonly name = 'NotRecordedError';
}

export class MaybeRecordedError extends Error {
  override readonly name = 'MaybeRecordedError';
}
