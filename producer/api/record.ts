import { Problem } from '../../infra/http/problem';
import type { OutgoingRecord, Position } from '../../infra/event-log/log';
import type { LibraryEvent } from '../../schemas/generated/events';
import { MaybeRecordedError, NotRecordedError, type Writer } from '../writer/writer';
import { MAYBE_RECORDED, NOT_RECORDED } from './refusals';

/** After how many seconds a client may repeat a request that was not recorded. */
const RETRY_AFTER = 2;

/** What becomes of a request that is sent again. */
export type Repeat = 'with-key' | 'idempotent' | 'unsafe';

/** How a client finds out what it is not told: without doing anything twice. */
const ADVICE: Readonly<Record<Repeat, string>> = {
  'with-key': 'Send the request again with the same Idempotency-Key: it takes effect once.',
  idempotent: 'Send the same request again: it takes effect once, however often it is sent.',
  unsafe:
    'Look whether it took effect before you send it again. With an Idempotency-Key a repeat is always safe.',
};

export interface RecordOptions {
  /** Until when, on the clock of `performance.now`. */
  readonly deadline: number;
  readonly repeat: Repeat;
}

function notRecorded(): Problem {
  return new Problem(
    NOT_RECORDED,
    'Nothing was recorded, because the event log does not take writes at the moment. Send the request again.',
    { headers: { 'retry-after': String(RETRY_AFTER) } },
  );
}

function maybeRecorded(event: LibraryEvent, repeat: Repeat): Problem {
  const { eventId } = event;
  const members = 'reservationId' in event ? { eventId, reservationId: event.reservationId } : { eventId };
  return new Problem(MAYBE_RECORDED, `The event log did not answer in time. ${ADVICE[repeat]}`, { members });
}

/**
 * Writes an event and resolves with its position in the stream.
 * @throws {Problem} 503 when it is certainly not recorded, 504 when it may be
 */
export async function recordEvent(
  writer: Writer,
  record: OutgoingRecord,
  event: LibraryEvent,
  { deadline, repeat }: RecordOptions,
): Promise<Position> {
  try {
    return await writer.write(record, deadline);
  } catch (error) {
    if (error instanceof NotRecordedError) throw notRecorded();
    if (error instanceof MaybeRecordedError) throw maybeRecorded(event, repeat);
    throw error;
  }
}
