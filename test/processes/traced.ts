import type { TestEnvironment } from '../environment';
import { OUTCOMES } from '../../schemas/generated/events';
import { waitUntil } from '../../infra/local/wait';
import { WAIT, type ApiClient } from '../e2e/api-client';
import { readEvents } from '../topic-events';

const BOOK = 'traced-book';
const SPAN = '00f067aa0ba902b7';

/** The trace of each request, and what it comes to. */
export const STORY = [
  [traceOf(1), 'ReservationReady', 'ann'],
  [traceOf(2), 'ReservationWaitlisted', 'bob'],
  [traceOf(3), 'ReservationFulfilled', 'ann'],
  [traceOf(4), 'ReservationReady', 'bob'],
  [traceOf(5), 'ReservationClosed', 'bob'],
  [traceOf(6), 'ReservationRejected', 'cy'],
] as const;

/** The outcomes that somebody is told of. */
export const TOLD = STORY.filter(([, type]) => /Ready|Rejected/.test(type)).map(([trace]) => trace);

function traceOf(n: number): string {
  return `4bf92f3577b34da6a3ce929d0e0e470${n}`;
}

export const traceparentOfStory = (trace: string) => `00-${trace}-${SPAN}-01`;

/** One request for each outcome that there can be, each in a trace of its own. */
export async function tellStory(client: ApiClient): Promise<void> {
  const inTrace = (n: number) => ({ ...WAIT, traceparent: traceparentOfStory(traceOf(n)) });
  await client.put(`/v1/books/${BOOK}`, { title: 'Traced' });
  await client.put(`/v1/books/${BOOK}/copies/c1`, undefined, WAIT);
  await client.post(`/v1/books/${BOOK}/reservations`, { userId: 'ann' }, inTrace(1));
  const bobs = await client.post(`/v1/books/${BOOK}/reservations`, { userId: 'bob' }, inTrace(2));
  await client.post(`/v1/books/${BOOK}/copies/c1/loans`, { userId: 'ann' }, inTrace(3));
  await client.post(`/v1/books/${BOOK}/copies/c1/returns`, undefined, inTrace(4));
  const { reservationId } = bobs.body as { reservationId: string };
  await client.delete(`/v1/books/${BOOK}/reservations/${reservationId}`, inTrace(5));
  await client.post('/v1/books/traced-nowhere/reservations', { userId: 'cy' }, inTrace(6));
}

/** The `traceparent` of each outcome of the story on the topic, with its type and its user, in the order of the story. */
export async function tracesOfOutcomes(environment: TestEnvironment): Promise<[string, string, string][]> {
  const read = async () => {
    const events = await readEvents(environment, environment.topics.outcomes, OUTCOMES, ({ key }) =>
      String(key).startsWith('traced-'),
    );
    return events.map(({ event, record }): [string, string, string] => [
      String(record.headers['traceparent']),
      event.type,
      event.userId,
    ]);
  };
  await waitUntil(async () => (await read()).length >= STORY.length, {
    what: 'not all outcomes were published',
    timeout: 30_000,
  });
  return (await read()).sort(([one], [other]) => (one < other ? -1 : 1));
}
