import { z } from 'zod';
import { Problem } from '../../infra/http/problem';
import { defineStreamRoute, type StreamRoute } from '../../infra/http/route';
import { parsePosition, type Position } from '../../infra/event-log/log';
import { endpoint, onlyUser, requireSelf } from '../../schemas/access';
import * as fields from '../../schemas/fields';
import { LiveClient, type ClientLimits } from './client';
import type { LiveOutcomes } from './live-outcomes';
import type { LiveMetrics } from './metrics';

export interface LiveRoutesOptions {
  /** Looked at for each stream. @throws {Problem} while there is nothing to follow */
  readonly live: () => LiveOutcomes;
  readonly metrics: LiveMetrics;
  readonly limits?: Partial<ClientLimits>;
}

const LIMITS: ClientLimits = { maxBuffered: 256 * 1024, patience: 30_000 };

const EXAMPLE =
  'id: 1:42\nevent: ReservationReady\ndata: {"type":"ReservationReady","eventId":"5f3f5b0e-0c5c-5d0e-9d3f-0b8f8e0a7c11",' +
  '"occurredAt":"2026-11-23T12:00:00.000Z","bookId":"moby-dick","reservationId":"01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37",' +
  '"userId":"ishmael","copyId":"moby-dick-1","pickupBy":"2026-11-30T12:00:00.000Z"}\n\n';

const DESCRIPTION =
  'Server-sent events: `id` is the position of the outcome, `event` its type, `data` its JSON. ' +
  'A stream that is resumed with `Last-Event-ID` misses nothing. With `bookId` it goes on right after that event; ' +
  'without, outcomes of the last seconds before it may come again: know them by their `eventId`. ' +
  'A client that reads too slowly is disconnected, and can resume; a stream ends with the token that it was opened with. ' +
  'Follow it with `curl -N` or an `EventSource`: pages that wait for the end of an answer show nothing of it. ' +
  'Where a login is asked for, the `EventSource` of browsers sends no token: use one that goes by `fetch`, such as the package `eventsource`.';

/** The live stream of outcomes. */
export function liveRoutes({ live, metrics, limits }: LiveRoutesOptions): StreamRoute[] {
  return [
    defineStreamRoute({
      ...endpoint('GET /v1/events'),
      mediaType: 'text/event-stream',
      operationId: 'followOutcomes',
      tag: 'Events',
      summary: 'Follow what reservations come to, live',
      description: DESCRIPTION,
      params: z.object({}),
      query: z.object({
        bookId: fields.bookId.optional().describe('Only outcomes of this book'),
        userId: fields.userId
          .optional()
          .describe(
            'Only outcomes of reservations of this user. Patrons get only their own, also without it.',
          ),
      }),
      requestHeaders: {
        'Last-Event-ID': 'The `id` of the last event that was received: the stream goes on after it.',
      },
      responses: { 200: { description: 'The stream', schema: z.string(), example: EXAMPLE } },
      async stream(request, response) {
        const { query, caller, scope } = request;
        const { bookId, userId = onlyUser(request) } = query;
        if (userId !== undefined) requireSelf(request, userId);
        const outcomes = live();
        const position = lastEventId(request.header('last-event-id'), outcomes.partitions);
        const filter = { bookId, userId, masked: scope === 'masked' };
        const client = new LiveClient(filter, response, { ...LIMITS, ...limits }, metrics);
        client.open();
        await outcomes.serve(client, position, untilExpired(request.signal, caller.expires));
      },
    }),
  ];
}

/** Node's timers take no more, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A stream ends with the credentials that it was opened with. */
function untilExpired(signal: AbortSignal, expires: number | undefined): AbortSignal {
  if (expires === undefined) return signal;
  const left = Math.min(Math.max(0, expires - Date.now()), LONGEST_TIMER_MS);
  return AbortSignal.any([signal, AbortSignal.timeout(left)]);
}

/** Before the first event browsers omit the header; other clients send it empty. */
function lastEventId(value: string | undefined, partitions: number): Position | undefined {
  if (value === undefined || value === '') return undefined;
  const position = parsePosition(value);
  if (position && position.partition < partitions) return position;
  const message = `must be the id of an event of this stream, such as 3:1042, with a partition from 0 to ${partitions - 1}`;
  throw Problem.invalid([{ path: 'Last-Event-ID', message }]);
}
