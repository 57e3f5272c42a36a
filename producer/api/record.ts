import { Problem } from '../../infra/http/problem';
import type { OutgoingRecord, Position } from '../../infra/event-log/log';
import type { LibraryEvent } from '../../schemas/generated/events';
import { MaybeRecordedError, NotRecordedError, type Writer } from '../writer/writer';
import { MAYBE_RECORDED, NOT_RECORDED } from './refusals';

/** After how many seconds a client may repeat a request that was not recorded. */
const RETRY_AFTER = 2;

/** 503: nothing was recorded; the client may send the same request again. */
export function notRecorded(): Problem {
  return new Problem(
    NOT_RECORDED,
    'Nothing was recorded, because the event log does not take writes at the moment. Send the request again.',
    { headers: { 'retry-after': String(RETRY_AFTER) } },
  );
}

function maybeRecorded(event: LibraryEvent, keyed: boolean): Problem {
  const how = keyed
    ? 'with the same Idempotency-Key: it takes effect once'
    : 'or look first whether it took effect; with an Idempotency-Key, a repeat is always safe';
  const { eventId } = event;
  const members = 'reservationId' in event ? { eventId, reservationId: event.reservationId } : { eventId };
  return new Problem(MAYBE_RECORDED, `The event log did not answer in time. Send the request again ${how}.`, {
    members,
  });
}

/**
 * Writes an event and resolves with its position in the stream.
 * @param keyed whether the request has an Idempotency-Key
 * @throws {Problem} 503 when it is certainly not recorded, 504 when it may be
 */
export async function recordEvent(
  writer: Writer,
  record: OutgoingRecord,
  event: LibraryEvent,
  keyed: boolean,
): Promise<Position> {
  try {
    return await writer.write(record);
  } catch (error) {
    if (error instanceof NotRecordedError) throw notRecorded();
    if (error instanceof MaybeRecordedError) throw maybeRecorded(event, keyed);
    throw error;
  }
}
