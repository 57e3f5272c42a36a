import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import type { Route, StreamRoute } from '../../infra/http/route';
import { takingAfter } from './after';
import { ReadGate } from './read-gate';

const read = {
  ...endpoint('GET /v1/me'),
  ...{
    operationId: 'read',
    tag: 't',
    summary: 's',
    params: z.object({}),
    query: z.object({ n: z.string() }),
  },
  responses: {},
};
const route: Route = { ...read, handle: () => Promise.resolve({ status: 200, body: { read: true } }) };
const streamed: string[] = [];
const stream: StreamRoute = {
  ...read,
  ...endpoint('GET /v1/events'),
  mediaType: 'text/event-stream',
  stream: () => Promise.resolve(void streamed.push('streamed')),
};

/** A view that has come to a position. */
const gate = (reached: number) =>
  new ReadGate({ connections: 1, reaches: ({ offset }) => Promise.resolve(offset <= reached) }, 12);

const request = (offset: number) => {
  const after = { partition: 1, offset };
  const query = { after, n: '1' };
  return { params: {}, query, signal: new AbortController().signal } as never;
};

test('a read waits for the position, and keeps what it takes besides', async () => {
  const taking = takingAfter(route, gate(7)) as Route;
  expect(taking.query.parse({ after: '1:7', n: '1' })).toEqual({
    after: { partition: 1, offset: 7 },
    n: '1',
  });
  expect(taking.problems).toEqual([503]);
  await expect(taking.handle(request(7))).resolves.toEqual({ status: 200, body: { read: true } });
  await expect(taking.handle(request(8))).rejects.toThrow('The view has not reached that position yet');
});

test('a stream does not begin before', async () => {
  const taking = takingAfter(stream, gate(7)) as StreamRoute;
  await expect(taking.stream(request(8), {} as never)).rejects.toThrow('The view has not reached');
  expect(streamed).toEqual([]);
  await taking.stream(request(7), {} as never);
  expect(streamed).toEqual(['streamed']);
});
