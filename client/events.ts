import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { LibraryError, errorOf, offline } from './error';
import { isPassing, Pauses, rest } from './retries';

interface OutcomeFields {
  /** The place of the event among all outcomes: for `lastEventId`. */
  readonly id: string;
  /** The same in every repeat. */
  readonly eventId: string;
  /** ISO 8601, UTC. */
  readonly occurredAt: string;
  readonly bookId: string;
  readonly reservationId: string;
  /** null for analysts. */
  readonly userId: string | null;
}

/** What a reservation came to. New types may come: skip one that you do not know. */
export type LibraryEvent = OutcomeFields &
  (
    | { readonly type: 'ReservationReady'; readonly copyId: string; readonly pickupBy: string }
    | { readonly type: 'ReservationWaitlisted'; readonly queuePosition: number }
    | { readonly type: 'ReservationFulfilled'; readonly copyId: string }
    | { readonly type: 'ReservationClosed'; readonly status: string; readonly reason: string | null }
    | { readonly type: 'ReservationRejected'; readonly code: string }
  );

export interface EventsOptions {
  /** Only of this book. */
  readonly bookId?: string;
  /** Only of this user's reservations. */
  readonly userId?: string;
  /** The `id` of the last event that you have: begins right after it. Absent: begins with what happens from now on. */
  readonly lastEventId?: string;
  /** Ends the loop, without an error. */
  readonly signal?: AbortSignal;
  /** Told of each connection that is open, and of each that is not any more or was refused, with the reason. */
  readonly onConnection?: (isOpen: boolean, reason?: LibraryError) => void;
}

/** Gets the stream. */
export type Connect = (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;

/** The server sends something every 15 s: a connection that is silent for longer than this is dead. In milliseconds. */
const LONGEST_SILENCE_MS = 45_000;
/** Until the server says otherwise. */
const RECONNECT_MS = 1_000;
/** More than there are outcomes in the 30 s that a resumed stream may repeat. */
const REMEMBERED = 50_000;

/**
 * The outcomes as they happen, each once, in order for each book. A broken connection is opened again, however often, and nothing
 * is missed from the first event or `lastEventId` on.
 * @throws {LibraryError} where the stream is refused for another reason than a passing one
 */
export async function* followEvents(
  connect: Connect,
  { lastEventId, signal, onConnection }: EventsOptions,
): AsyncGenerator<LibraryEvent, void> {
  const seen = new Set<string>();
  const pauses = new Pauses(RECONNECT_MS);
  for (let id = lastEventId; !signal?.aborted;) {
    const connection = new AbortController();
    const either = signal ? AbortSignal.any([signal, connection.signal]) : connection.signal;
    const headers = { accept: 'text/event-stream', ...(id !== undefined && { 'last-event-id': id }) };
    let failure: LibraryError;
    try {
      const response = await heard(connect(headers, either), connection);
      if (!response.ok)
        throw errorOf(response, await heard(response.json(), connection).catch(() => undefined));
      pauses.reset();
      onConnection?.(true);
      for await (const message of messagesOf(response, connection, (ms) => pauses.reset(ms))) {
        id = message.id ?? id;
        const event = { ...(JSON.parse(message.data) as LibraryEvent), id: id! };
        if (isNew(seen, event.eventId)) yield event;
        if (signal?.aborted) return;
      }
      failure = offline(new Error('The stream ended.'));
    } catch (error) {
      if (signal?.aborted) return;
      failure = error instanceof LibraryError ? error : offline(error);
      if (!isPassing(failure)) throw failure;
    } finally {
      connection.abort();
    }
    onConnection?.(false, failure);
    await rest(pauses.after(failure), signal).catch(() => undefined);
  }
}

/** A stream of outcomes of many books may begin with some again that came before. */
function isNew(seen: Set<string>, eventId: string): boolean {
  if (seen.has(eventId)) return false;
  seen.add(eventId);
  if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!);
  return true;
}

async function* messagesOf(
  response: Response,
  connection: AbortController,
  onRetry: (ms: number) => void,
): AsyncGenerator<EventSourceMessage> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message), onRetry });
  const decoder = new TextDecoder();
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await heard(reader.read(), connection);
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
    yield* messages.splice(0);
  }
}

/** The promised, unless the server is silent: then the connection ends. */
async function heard<T>(promise: Promise<T>, connection: AbortController): Promise<T> {
  const timer = setTimeout(() => connection.abort(new Error('The server is silent.')), LONGEST_SILENCE_MS);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
