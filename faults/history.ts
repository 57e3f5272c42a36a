import type { PositionedEvent } from '../consumer/projector/projection';
import type { LibraryEvent, Outcome } from '../schemas/generated/events';
import type { Position } from '../infra/event-log/log';

/**
 * What a run of the fault suite has recorded: what the clients were told, and what the topics and the views hold afterwards.
 * The checker judges it without any other knowledge of the platform.
 */
export interface RunHistory {
  readonly operations: readonly Operation[];
  readonly reads: readonly Read[];
  /** Samples of the stored positions, in the order of their time. */
  readonly progress: readonly ProgressSample[];
  /** Every event on the stream, each partition's in order. */
  readonly stream: readonly StreamEvent[];
  /** Every record on the topic of outcomes, each partition's in order; repeats included. */
  readonly outcomes: readonly Outcome[];
  /** What a replay of the stream decides: each book's in order. */
  readonly decided: readonly Outcome[];
  readonly history: readonly HistoryEntry[];
  readonly notices: readonly NoticeEntry[];
  /** What a verification of the live views against a replay found to differ; a line each. */
  readonly differences: readonly string[];
}

/** Times are milliseconds of one monotonic clock. */
export interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What a client learned from an attempt. */
export type Result =
  | {
      readonly kind: 'ok';
      readonly eventId: string;
      readonly position: Position;
      readonly reservationId: string | null;
    }
  /** Surely not recorded: refused with an answer that says so, or never sent. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** It may have been recorded: a 504, no answer in time, a connection that broke. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Attempt extends Span {
  readonly result: Result;
}

/** The event that a request asks for. Null fields are not known to the client. */
export interface Wanted {
  readonly type: LibraryEvent['type'];
  readonly bookId: string;
  readonly userId: string | null;
  readonly copyId: string | null;
  readonly reservationId: string | null;
}

/** A write of a client: one request, sent again while that is safe. */
export interface Operation {
  /** The trace ID that all its attempts carry, and the record too: which operation a record belongs to. */
  readonly trace: string;
  readonly wanted: Wanted;
  /** Whether its attempts carry an idempotency key. Without one, an attempt after an unknown one may be a second event. */
  readonly keyed: boolean;
  readonly attempts: readonly Attempt[];
}

/** A read of a reservation that was answered 200 or 404. */
export interface Read extends Span {
  readonly bookId: string;
  readonly reservationId: string;
  /** The position that the reader asked the view to have reached. */
  readonly after: Position | null;
  /** The position of the last change that it shows; null if the reservation was not found. */
  readonly sees: Position | null;
}

export interface ProgressSample {
  readonly at: number;
  readonly consumer: string;
  readonly partition: number;
  readonly nextOffset: number;
}

/** An event as it stands on the stream. */
export interface StreamEvent extends PositionedEvent<LibraryEvent> {
  /** The trace ID of its record; null without one. */
  readonly trace: string | null;
  /** The `ce_source` of its record. */
  readonly source: string;
}

export interface HistoryEntry {
  readonly eventId: string;
  readonly bookId: string;
  readonly position: Position;
  readonly code: string | null;
}

export interface NoticeEntry {
  readonly noticeId: string;
  readonly kind: string;
  readonly reservationId: string;
}

/** What a client may conclude of all the attempts of an operation. */
export type Conclusion = 'ok' | 'failed' | 'unknown';

export function conclusionOf({ attempts }: Operation): Conclusion {
  if (attempts.some(({ result }) => result.kind === 'ok')) return 'ok';
  return attempts.some(({ result }) => result.kind === 'unknown') ? 'unknown' : 'failed';
}
