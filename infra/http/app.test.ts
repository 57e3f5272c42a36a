import { connect } from 'node:net';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { createHttpApp, type HttpAppOptions } from './app';
import { limit } from './fields';
import { createHttpMetrics } from './metrics';
import { defineRoute, defineStreamRoute, type AnyRoute } from './route';
import { serve, silent, type TestServer } from './testing';

const thingId = z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,64}$/);

const shared = { access: {}, tag: 'Things', summary: 'A test', responses: { 200: { description: 'Fine' } } };

const routes: AnyRoute[] = [
  defineRoute({
    ...{ ...shared, method: 'put', path: '/v1/things/{thingId}', operationId: 'put' },
    params: z.object({ thingId }),
    query: z.object({}),
    body: z.strictObject({ title: z.string(), tags: z.array(z.string()).default([]) }),
    handle: ({ params, body }) => Promise.resolve({ status: 200, body: { ...params, ...body } }),
  }),
  defineRoute({
    ...{ ...shared, method: 'get', path: '/v1/things/{thingId}', operationId: 'get' },
    params: z.object({ thingId }),
    query: z.object({ limit }),
    handle: ({ params, query, caller }) =>
      Promise.resolve({ status: 200, body: { ...params, ...query, caller } }),
  }),
  defineRoute({
    ...{
      ...shared,
      method: 'delete',
      path: '/v1/things/{thingId}',
      operationId: 'delete',
    },
    params: z.object({ thingId }),
    query: z.object({}),
    handle: () => Promise.resolve({ status: 204 }),
  }),
  defineRoute({
    ...{ ...shared, method: 'get', path: '/v1/broken', operationId: 'broken' },
    params: z.object({}),
    query: z.object({}),
    handle: () => Promise.reject(new Error('secret: hunter2')),
  }),
  defineStreamRoute({
    ...{
      ...shared,
      method: 'get',
      path: '/v1/events',
      operationId: 'events',
      mediaType: 'text/event-stream',
    },
    params: z.object({}),
    query: z.object({}),
    stream: ({ signal }, response) =>
      new Promise((resolve) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
        signal.addEventListener('abort', () => {
          response.end();
          resolve();
        });
      }),
  }),
];

const registry = new Registry();
const optionsWith = (more: Partial<HttpAppOptions> = {}): HttpAppOptions => ({
  routes,
  info: { title: 'Test', version: '1' },
  logger: silent,
  ...more,
});

let server: TestServer;
beforeAll(async () => {
  server = await serve(createHttpApp(optionsWith({ metrics: createHttpMetrics(registry) })));
});
afterAll(() => server.close(1_000));

const json = { 'content-type': 'application/json' };
const big = JSON.stringify({ title: 'x'.repeat(20_000) });
const THING = '/v1/things/whale';

// oxfmt-ignore
test.each([
  ['no body', 'PUT', THING, {}, 400, 'invalid-request'],
  ['a body that is no JSON', 'PUT', THING, { headers: json, body: '{"title":' }, 400, 'malformed-json'],
  ['a body that is not UTF-8', 'PUT', THING, { headers: json, body: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'malformed-json'],
  ['only white space', 'PUT', THING, { headers: json, body: '  ' }, 400, 'malformed-json'],
  ['a list for a body', 'PUT', THING, { body: [] }, 400, 'invalid-request'],
  ['null for a body', 'PUT', THING, { headers: json, body: 'null' }, 400, 'invalid-request'],
  ['a number for text', 'PUT', THING, { body: { title: 7 } }, 400, 'invalid-request'],
  ['an unknown field', 'PUT', THING, { body: { title: 'x', pages: 3 } }, 400, 'invalid-request'],
  ['__proto__ for a field', 'PUT', THING, { headers: json, body: '{"title":"x","__proto__":{}}' }, 400, 'invalid-request'],
  ['the ID ..', 'GET', '/v1/things/..', {}, 400, 'invalid-request'],
  ['the ID .', 'GET', '/v1/things/%2e', {}, 400, 'invalid-request'],
  ['the ID .. encoded', 'GET', '/v1/things/%2e%2E', {}, 400, 'invalid-request'],
  ['a slash in an ID', 'GET', '/v1/things/a%2Fb', {}, 400, 'invalid-request'],
  ['NUL in an ID', 'GET', '/v1/things/a%00', {}, 400, 'invalid-request'],
  ['an ID that is too long', 'GET', `/v1/things/${'x'.repeat(65)}`, {}, 400, 'invalid-request'],
  ['a percent sign alone in the path', 'GET', '/v1/things/%', {}, 400, 'malformed-url'],
  ['half a character in the path', 'GET', '/v1/things/%c3', {}, 400, 'malformed-url'],
  ['a percent sign alone in the query', 'GET', `${THING}?limit=%`, {}, 400, 'malformed-url'],
  ['a query parameter out of range', 'GET', `${THING}?limit=201`, {}, 400, 'invalid-request'],
  ['a query parameter twice', 'GET', `${THING}?limit=1&limit=2`, {}, 400, 'invalid-request'],
  ['a body where none is taken', 'DELETE', THING, { body: { name: 'anna' } }, 400, 'invalid-request'],
  ['an unknown path', 'GET', '/v1/nothing', {}, 404, 'not-found'],
  ['a trailing slash', 'GET', `${THING}/`, {}, 404, 'not-found'],
  ['other case in the path', 'GET', '/V1/things/whale', {}, 404, 'not-found'],
  ['an empty ID', 'GET', '/v1/things/', {}, 404, 'not-found'],
  ['a method that is not there', 'POST', THING, { body: {} }, 405, 'method-not-allowed'],
  ['a rare method', 'PROPFIND', THING, {}, 405, 'method-not-allowed'],
  ['a method that a page does not have', 'POST', '/docs', {}, 405, 'method-not-allowed'],
  ['wanting HTML', 'GET', THING, { headers: { accept: 'text/html' } }, 406, 'not-acceptable'],
  ['refusing JSON', 'GET', THING, { headers: { accept: 'application/json;q=0' } }, 406, 'not-acceptable'],
  ['wanting JSON of a stream', 'GET', '/v1/events', { headers: { accept: 'application/json' } }, 406, 'not-acceptable'],
  ['a large body', 'PUT', THING, { headers: json, body: big }, 413, 'body-too-large'],
  ['a large body in chunks', 'PUT', THING, { headers: { ...json, 'transfer-encoding': 'chunked' }, body: big }, 413, 'body-too-large'],
  ['a very large body', 'PUT', THING, { headers: json, body: Buffer.alloc(3_000_000, 32) }, 413, 'body-too-large'],
  ['a large body where none is taken', 'DELETE', THING, { headers: json, body: big }, 413, 'body-too-large'],
  ['no content type', 'PUT', THING, { body: '{"title":"x"}' }, 415, 'unsupported-media-type'],
  ['a form', 'PUT', THING, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'title=x' }, 415, 'unsupported-media-type'],
  ['another charset', 'PUT', THING, { headers: { 'content-type': 'application/json; charset=latin1' }, body: '{"title":"x"}' }, 415, 'unsupported-media-type'],
  ['a compressed body', 'PUT', THING, { headers: { ...json, 'content-encoding': 'gzip' }, body: '{"title":"x"}' }, 415, 'unsupported-media-type'],
  ['a handler that fails', 'GET', '/v1/broken', {}, 500, 'internal-error'],
] as const)('%s: %s %s', async (_name, method, path, request, status, code) => {
  const answer = await server.send(method, path, request);
  expect(answer.json).toMatchObject({ status, code, type: `/problems/${code}` });
  expect(answer.json).toEqual(expect.objectContaining({ title: expect.any(String), detail: expect.any(String) }));
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
});

test('every field that is wrong is named', async () => {
  const answer = await server.send('PUT', THING, { body: { tags: ['a', 1], pages: 3, colour: 'white' } });
  expect(answer.json?.['errors']).toEqual([
    { path: 'title', message: 'is required' },
    { path: 'tags.1', message: 'must be text' },
    { path: 'pages', message: 'is not a known field' },
    { path: 'colour', message: 'is not a known field' },
  ]);
});

test('an unexpected error is not shown to the client', async () => {
  const { text } = await server.send('GET', '/v1/broken');
  expect(text).not.toContain('hunter2');
});

test('a body of exactly 16 KiB is read', async () => {
  const body = JSON.stringify({ title: 'x'.repeat(16 * 1024 - '{"title":""}'.length) });
  expect((await server.send('PUT', THING, { headers: json, body })).status).toBe(200);
});

test.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
  'content-type: %s is JSON',
  async (type) => {
    const answer = await server.send('PUT', THING, {
      headers: { 'content-type': type },
      body: '{"title":"x"}',
    });
    expect(answer.json).toEqual({ thingId: 'whale', title: 'x', tags: [] });
  },
);

test('an operation without a body accepts an empty one or {}, whatever its type', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await server.send('DELETE', THING, { headers: form, body: '' })).status).toBe(204);
  expect((await server.send('DELETE', THING, { body: {} })).status).toBe(204);
});

test('405 lists what is allowed', async () => {
  expect((await server.send('POST', THING)).headers['allow']).toBe('DELETE, GET, HEAD, OPTIONS, PUT');
  expect((await server.send('DELETE', '/v1/events')).headers['allow']).toBe('GET, HEAD, OPTIONS');
});

test('OPTIONS lists what is allowed at an address that exists', async () => {
  const answer = await server.send('OPTIONS', THING);
  expect(answer.status).toBe(204);
  expect(answer.headers['allow']).toBe('DELETE, GET, HEAD, OPTIONS, PUT');
  expect((await server.send('OPTIONS', '*')).status).toBe(204);
  expect((await server.send('OPTIONS', '/v1/nothing')).status).toBe(404);
});

test('HEAD is GET without the body, for streams too', async () => {
  const answer = await server.send('HEAD', THING);
  expect(answer).toMatchObject({ status: 200, text: '' });
  expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
  expect(await server.send('HEAD', '/v1/events')).toMatchObject({ status: 200, text: '' });
});

test('unknown query parameters are refused, each by its name', async () => {
  expect((await server.send('GET', `${THING}?utm=1&utm=2&limt=5`)).json).toMatchObject({
    status: 400,
    errors: [
      { path: 'utm', message: 'is not a known field' },
      { path: 'limt', message: 'is not a known field' },
    ],
  });
});

test('the headers do not reveal the software of the server, and forbid caching', async () => {
  const { headers } = await server.send('GET', THING);
  expect(headers).not.toHaveProperty('x-powered-by');
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
});

test('what is not HTTP is answered with a problem document too', async () => {
  const { port } = new URL(server.url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('Hello?\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer).toContain('application/problem+json');
  expect(answer).toContain('"code":"malformed-request"');
});

test('headers that are too long are 431', async () => {
  const answer = await server.send('GET', THING, { headers: { 'x-long': 'x'.repeat(20_000) } });
  expect(answer.json).toMatchObject({ status: 431, code: 'headers-too-large' });
});

test('the type of a problem is the URL of its explanation', async () => {
  expect((await server.send('GET', '/problems/not-found')).json).toMatchObject({ code: 'not-found' });
  expect((await server.send('GET', '/problems/nonsense')).status).toBe(404);
});

test('the documentation comes from this server alone', async () => {
  const page = await server.send('GET', '/docs');
  expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  expect(page.text).not.toMatch(/https?:\/\/|<script>/);
  const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link as string);
  expect(links.length).toBeGreaterThan(2);
  for (const link of links) expect((await server.send('GET', link)).status).toBe(200);
});

test('requests are counted by route template and status, never by path', async () => {
  await server.send('GET', '/v1/things/rare-thing');
  const text = await registry.metrics();
  expect(text).toContain(
    'http_request_duration_seconds_count{method="GET",route="/v1/things/{thingId}",status="200"}',
  );
  expect(text).toContain('status="404"');
  expect(text).not.toContain('rare-thing');
});

test.each([
  ['If-Match', { 'if-match': '"another"' }, 412],
  ['Range', { range: 'bytes=999999999-' }, 200],
  ['Range that is none', { range: 'bytes=a-b' }, 200],
])('a file of the documentation answers %s as HTTP says', async (_name, headers, status) => {
  const answer = await server.send('GET', '/docs/favicon-32x32.png', { headers });
  expect(answer.status).toBe(status);
});
