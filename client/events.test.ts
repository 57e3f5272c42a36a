import type { Outcome } from '../schemas/generated/events';
import { createLibrary, type LibraryError, type LibraryEvent } from './library';

/** The outcomes of the stream, as the API writes them in JSON. */
type Sent<T> = T extends Outcome
  ? {
      readonly [K in keyof T]: K extends 'occurredAt' | 'pickupBy'
        ? string
        : K extends 'userId'
          ? string | null
          : T[K];
    } & { readonly id: string }
  : never;

/** Compiles as long as both are the same. */
export const asSent = (event: LibraryEvent): Sent<Outcome> => event;
export const asRead = (event: Sent<Outcome>): LibraryEvent => event;

interface Connection {
  readonly url: string;
  readonly lastEventId: string | null;
  readonly at: number;
}

/** A server that answers connections in turn: with a status, or with a stream that ends after these outcomes; then it is silent. */
function server(...answers: readonly (number | readonly string[])[]) {
  const connections: Connection[] = [];
  const fetch = ({ url, headers, signal }: Request): Promise<Response> => {
    const answer = answers[connections.length];
    connections.push({ url, lastEventId: headers.get('last-event-id'), at: performance.now() });
    if (typeof answer === 'number') {
      const problem = { status: answer, code: 'some-code', detail: 'Because.' };
      return Promise.resolve(Response.json(problem, { status: answer, headers: { 'retry-after': '0' } }));
    }
    const events = (answer ?? []).map((id) => `id: 0:${id}\nevent: X\ndata: {"eventId":"${id}"}\n\n`);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`retry: 20\n\n${events.join('')}`));
        if (answer) controller.close();
        else signal.addEventListener('abort', () => controller.error(signal.reason));
      },
    });
    return Promise.resolve(new Response(stream));
  };
  return { connections, library: createLibrary({ baseUrl: 'http://library.test/', fetch }) };
}

test('streams that end are opened again after the last event, and each event comes once', async () => {
  const { connections, library } = server(['1', '2'], 503, ['1', '2', '3'], []);
  const abort = new AbortController();
  const ids: string[] = [];
  const told: unknown[] = [];
  const onConnection = (isOpen: boolean, reason?: LibraryError) => {
    told.push(isOpen || reason?.code);
    if (connections.length === 5) abort.abort();
  };
  for await (const { id } of library.events({ userId: 'ann', signal: abort.signal, onConnection }))
    ids.push(id);
  expect(ids).toEqual(['0:1', '0:2', '0:3']);
  expect(connections.map(({ lastEventId }) => lastEventId)).toEqual([null, '0:2', '0:2', '0:3', '0:3']);
  expect(connections[0]!.url).toBe('http://library.test/v1/events?userId=ann');
  expect(told).toEqual([true, 'offline', 'some-code', true, 'offline', true, 'offline', true]);
});

test('a loop that is left leaves no connection', async () => {
  const { connections, library } = server(['1', '2']);
  for await (const event of library.events({ lastEventId: '0:0' })) if (event.id === '0:1') break;
  expect(connections).toMatchObject([{ lastEventId: '0:0' }]);
});

test('a stream that is refused is an error', async () => {
  const { library } = server(403);
  await expect(library.events().next()).rejects.toMatchObject({ status: 403, code: 'some-code' });
});

test('a silent connection is given up', async () => {
  jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate', 'queueMicrotask', 'nextTick'] });
  try {
    const { connections, library } = server();
    const abort = new AbortController();
    const reasons: unknown[] = [];
    const onConnection = (isOpen: boolean, reason?: LibraryError) => {
      if (!isOpen) reasons.push((reason!.cause as Error).message);
      if (!isOpen) abort.abort();
    };
    const ended = library.events({ signal: abort.signal, onConnection }).next();
    await jest.advanceTimersByTimeAsync(44_000);
    expect(reasons).toEqual([]);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await ended).toMatchObject({ done: true });
    expect(reasons).toEqual(['The server is silent.']);
    expect(connections).toHaveLength(1);
  } finally {
    jest.useRealTimers();
  }
});
