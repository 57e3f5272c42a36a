import { connect } from 'node:net';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { createHttpApp, type HttpAppOptions } from './app';
import { bookId, limit } from './fields';
import { createHttpMetrics } from './metrics';
import { defineRoute, defineStreamRoute, type AnyRoute } from './route';
import { serve, silent, type TestServer } from './testing';

const shared = { tag: 'Books', summary: 'A test', responses: { 200: { description: 'Fine' } } };

const routes: AnyRoute[] = [
  defineRoute({
    ...{ ...shared, method: 'put', path: '/v1/books/{bookId}', operationId: 'put' },
    params: z.object({ bookId }),
    query: z.object({}),
    body: z.strictObject({ title: z.string(), tags: z.array(z.string()).default([]) }),
    handle: ({ params, body }) => Promise.resolve({ status: 200, body: { ...params, ...body } }),
  }),
  defineRoute({
    ...{ ...shared, method: 'get', path: '/v1/books/{bookId}', operationId: 'get' },
    params: z.object({ bookId }),
    query: z.object({ limit }),
    handle: ({ params, query, caller }) =>
      Promise.resolve({ status: 200, body: { ...params, ...query, caller } }),
  }),
  defineRoute({
    ...{ ...shared, method: 'delete', path: '/v1/books/{bookId}', operationId: 'delete', access: 'staff' },
    params: z.object({ bookId }),
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
const BOOK = '/v1/books/moby-dick';

// prettier-ignore
test.each([
  ['no body', 'PUT', BOOK, {}, 400, 'invalid-request'],
  ['a body that is no JSON', 'PUT', BOOK, { headers: json, body: '{"title":' }, 400, 'malformed-json'],
  ['a body that is not UTF-8', 'PUT', BOOK, { headers: json, body: Buffer.from([0x22, 0xff, 0x22]) }, 400, 'malformed-json'],
  ['only white space', 'PUT', BOOK, { headers: json, body: '  ' }, 400, 'malformed-json'],
  ['a list for a body', 'PUT', BOOK, { body: [] }, 400, 'invalid-request'],
  ['null for a body', 'PUT', BOOK, { headers: json, body: 'null' }, 400, 'invalid-request'],
  ['a number for text', 'PUT', BOOK, { body: { title: 7 } }, 400, 'invalid-request'],
  ['an unknown field', 'PUT', BOOK, { body: { title: 'x', pages: 3 } }, 400, 'invalid-request'],
  ['__proto__ for a field', 'PUT', BOOK, { headers: json, body: '{"title":"x","__proto__":{}}' }, 400, 'invalid-request'],
  ['the ID ..', 'GET', '/v1/books/..', {}, 400, 'invalid-request'],
  ['the ID .', 'GET', '/v1/books/%2e', {}, 400, 'invalid-request'],
  ['the ID .. encoded', 'GET', '/v1/books/%2e%2E', {}, 400, 'invalid-request'],
  ['a slash in an ID', 'GET', '/v1/books/a%2Fb', {}, 400, 'invalid-request'],
  ['NUL in an ID', 'GET', '/v1/books/a%00', {}, 400, 'invalid-request'],
  ['an ID that is too long', 'GET', `/v1/books/${'x'.repeat(65)}`, {}, 400, 'invalid-request'],
  ['a percent sign alone in the path', 'GET', '/v1/books/%', {}, 400, 'malformed-url'],
  ['half a character in the path', 'GET', '/v1/books/%c3', {}, 400, 'malformed-url'],
  ['a percent sign alone in the query', 'GET', `${BOOK}?limit=%`, {}, 400, 'malformed-url'],
  ['a query parameter out of range', 'GET', `${BOOK}?limit=201`, {}, 400, 'invalid-request'],
  ['a query parameter twice', 'GET', `${BOOK}?limit=1&limit=2`, {}, 400, 'invalid-request'],
  ['a body where none is taken', 'DELETE', BOOK, { body: { userId: 'ishmael' } }, 400, 'invalid-request'],
  ['an unknown path', 'GET', '/v1/nothing', {}, 404, 'not-found'],
  ['a trailing slash', 'GET', `${BOOK}/`, {}, 404, 'not-found'],
  ['other case in the path', 'GET', '/V1/books/moby-dick', {}, 404, 'not-found'],
  ['an empty ID', 'GET', '/v1/books/', {}, 404, 'not-found'],
  ['a method that is not there', 'POST', BOOK, { body: {} }, 405, 'method-not-allowed'],
  ['a method nobody uses', 'PROPFIND', BOOK, {}, 405, 'method-not-allowed'],
  ['a method that health does not know', 'POST', '/docs', {}, 405, 'method-not-allowed'],
  ['wanting HTML', 'GET', BOOK, { headers: { accept: 'text/html' } }, 406, 'not-acceptable'],
  ['refusing JSON', 'GET', BOOK, { headers: { accept: 'application/json;q=0' } }, 406, 'not-acceptable'],
  ['wanting JSON of a stream', 'GET', '/v1/events', { headers: { accept: 'application/json' } }, 406, 'not-acceptable'],
  ['a large body', 'PUT', BOOK, { headers: json, body: big }, 413, 'body-too-large'],
  ['a large body in chunks', 'PUT', BOOK, { headers: { ...json, 'transfer-encoding': 'chunked' }, body: big }, 413, 'body-too-large'],
  ['a very large body', 'PUT', BOOK, { headers: json, body: Buffer.alloc(3_000_000, 32) }, 413, 'body-too-large'],
  ['a large body where none is taken', 'DELETE', BOOK, { headers: json, body: big }, 413, 'body-too-large'],
  ['no content type', 'PUT', BOOK, { body: '{"title":"x"}' }, 415, 'unsupported-media-type'],
  ['a form', 'PUT', BOOK, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'title=x' }, 415, 'unsupported-media-type'],
  ['another charset', 'PUT', BOOK, { headers: { 'content-type': 'application/json; charset=latin1' }, body: '{"title":"x"}' }, 415, 'unsupported-media-type'],
  ['a compressed body', 'PUT', BOOK, { headers: { ...json, 'content-encoding': 'gzip' }, body: '{"title":"x"}' }, 415, 'unsupported-media-type'],
  ['a handler that fails', 'GET', '/v1/broken', {}, 500, 'internal-error'],
] as const)('%s: %s %s', async (_name, method, path, request, status, code) => {
  const answer = await server.send(method, path, request);
  expect(answer.json).toMatchObject({ status, code, type: `/problems/${code}` });
  expect(answer.json).toEqual(expect.objectContaining({ title: expect.any(String), detail: expect.any(String) }));
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
});

test('every field that is wrong is named', async () => {
  const answer = await server.send('PUT', BOOK, { body: { tags: ['a', 1], pages: 3, colour: 'white' } });
  expect(answer.json?.['errors']).toEqual([
    { path: 'title', message: 'is required' },
    { path: 'tags.1', message: expect.stringContaining('string') },
    { path: 'pages', message: 'is not a known field' },
    { path: 'colour', message: 'is not a known field' },
  ]);
});

test('an unexpected error shows nothing of itself', async () => {
  const { text } = await server.send('GET', '/v1/broken');
  expect(text).not.toContain('hunter2');
});

test('a body of exactly 16 KiB is read', async () => {
  const body = JSON.stringify({ title: 'x'.repeat(16 * 1024 - '{"title":""}'.length) });
  expect((await server.send('PUT', BOOK, { headers: json, body })).status).toBe(200);
});

test.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
  'content-type: %s is JSON',
  async (type) => {
    const answer = await server.send('PUT', BOOK, {
      headers: { 'content-type': type },
      body: '{"title":"x"}',
    });
    expect(answer.json).toEqual({ bookId: 'moby-dick', title: 'x', tags: [] });
  },
);

test('where no body is taken, an empty one or {} does no harm, whatever its type', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await server.send('DELETE', BOOK, { headers: form, body: '' })).status).toBe(204);
  expect((await server.send('DELETE', BOOK, { body: {} })).status).toBe(204);
});

test('405 says what is allowed', async () => {
  expect((await server.send('POST', BOOK)).headers['allow']).toBe('DELETE, GET, HEAD, OPTIONS, PUT');
  expect((await server.send('DELETE', '/v1/events')).headers['allow']).toBe('GET, HEAD, OPTIONS');
});

test('OPTIONS is answered with what is allowed, where there is something', async () => {
  const answer = await server.send('OPTIONS', BOOK);
  expect(answer.status).toBe(204);
  expect(answer.headers['allow']).toBe('DELETE, GET, HEAD, OPTIONS, PUT');
  expect((await server.send('OPTIONS', '*')).status).toBe(204);
  expect((await server.send('OPTIONS', '/v1/nothing')).status).toBe(404);
});

test('HEAD is GET without the body, for streams too', async () => {
  const answer = await server.send('HEAD', BOOK);
  expect(answer).toMatchObject({ status: 200, text: '' });
  expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
  expect(await server.send('HEAD', '/v1/events')).toMatchObject({ status: 200, text: '' });
});

test('unknown query parameters are ignored', async () => {
  expect((await server.send('GET', `${BOOK}?utm=1&utm=2`)).json).toMatchObject({ limit: 50 });
});

test('nothing tells what the server is made of, and nothing is cached', async () => {
  const { headers } = await server.send('GET', BOOK);
  expect(headers).not.toHaveProperty('x-powered-by');
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
});

test('what is not HTTP is answered with a problem document too', async () => {
  const { port } = new URL(server.url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('Call me Ishmael.\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer).toContain('application/problem+json');
  expect(answer).toContain('"code":"malformed-request"');
});

test('headers that are too long are 431', async () => {
  const answer = await server.send('GET', BOOK, { headers: { 'x-long': 'x'.repeat(20_000) } });
  expect(answer.json).toMatchObject({ status: 431, code: 'headers-too-large' });
});

test('the type of a problem leads to an explanation', async () => {
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
  await server.send('GET', '/v1/books/rare-book');
  const text = await registry.metrics();
  expect(text).toContain(
    'http_request_duration_seconds_count{method="GET",route="/v1/books/{bookId}",status="200"}',
  );
  expect(text).toContain('status="404"');
  expect(text).not.toContain('rare-book');
});

describe('with tokens', () => {
  let guarded: TestServer;
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  beforeAll(async () => {
    guarded = await serve(createHttpApp(optionsWith({ tokens: 's=staff:anna;p=patron:ishmael' })));
  });
  afterAll(() => guarded.close(1_000));

  test('without a token, or with a wrong one: 401 and how to do it', async () => {
    const missing = await guarded.send('GET', BOOK);
    expect(missing.json).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="library"');
    const wrong = await guarded.send('GET', BOOK, as('x'));
    expect(wrong.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  test('the caller is known to the handler', async () => {
    expect((await guarded.send('GET', BOOK, as('p'))).json).toMatchObject({
      caller: { role: 'patron', name: 'ishmael' },
    });
  });

  test('what is for staff is 403 for patrons', async () => {
    expect((await guarded.send('DELETE', BOOK, as('p'))).json).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    expect((await guarded.send('DELETE', BOOK, as('s'))).status).toBe(204);
  });

  test('who may not come in is not told what is wrong with the rest', async () => {
    expect((await guarded.send('PUT', BOOK, { headers: json, body: '{' })).status).toBe(401);
  });

  test('documentation stays open and says that tokens are needed', async () => {
    const { json: document } = await guarded.send('GET', '/openapi.json');
    expect(document).toHaveProperty('components.securitySchemes.token.scheme', 'bearer');
  });
});

describe('with a rate limit', () => {
  test('one request too many is 429, with when to come back; others are not held up', async () => {
    const limited = await serve(
      createHttpApp(optionsWith({ rateLimit: 0.01, tokens: 'a=staff:anna;b=staff:bob' })),
    );
    const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    expect((await limited.send('GET', BOOK, as('a'))).status).toBe(200);
    const refused = await limited.send('GET', BOOK, as('a'));
    expect(refused.json).toMatchObject({ status: 429, code: 'too-many-requests' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers).toHaveProperty('ratelimit');
    expect((await limited.send('GET', BOOK, as('b'))).status).toBe(200);
    expect((await limited.send('GET', '/docs')).status).toBe(200);
    await limited.close(1_000);
  });

  test('wrong tokens are counted by address', async () => {
    const limited = await serve(createHttpApp(optionsWith({ rateLimit: 0.01, tokens: 'a=staff:anna' })));
    expect((await limited.send('GET', BOOK)).status).toBe(401);
    expect((await limited.send('GET', BOOK)).status).toBe(429);
    await limited.close(1_000);
  });
});
