import { once } from 'node:events';
import { request } from 'node:http';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { createHttpApp, type HttpAppOptions } from './app';
import { opsPages } from './ops';
import { createOriginCheck } from './origin';
import { defineRoute, defineStreamRoute, type AnyRoute } from './route';
import { serve, silent, type TestServer } from './testing';
import { identifyByToken, parseTokens } from './tokens';

const access = { staff: 'all' } as const;
const shared = { tag: 'T', summary: 'S', responses: { 200: { description: 'D' } }, params: z.object({}) };
const body = z.strictObject({
  ...{
    title: z.string(),
    tags: z.array(z.string()).max(2),
    year: z.int().min(0).max(9),
    kind: z.enum(['a', 'b']),
  },
  ...{ flag: z.boolean(), inner: z.object({ a: z.number() }), any: z.union([z.string(), z.number()]) },
});
const routes: AnyRoute[] = [
  defineRoute({
    ...{ ...shared, access, method: 'put', path: '/v1/thing', operationId: 'put', query: z.object({}), body },
    handle: () => Promise.resolve({ status: 204 }),
  }),
  defineStreamRoute({
    ...{ ...shared, access, method: 'get', path: '/v1/events', operationId: 'events', query: z.object({}) },
    mediaType: 'text/event-stream',
    stream: ({ signal }, response) =>
      new Promise((resolve) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
        signal.addEventListener('abort', () => resolve());
      }),
  }),
];

const tokens = parseTokens('s=staff;t=staff2', {
  variable: 'T',
  form: 'token=name',
  parseCaller: (name) => ({ role: 'staff', name }),
});
const open: TestServer[] = [];
async function start(options: Partial<HttpAppOptions> = {}): Promise<TestServer> {
  const app = createHttpApp({ routes, info: { title: 'T', version: '1' }, logger: silent, ...options });
  const server = await serve(app);
  open.push(server);
  return server;
}
afterEach(async () => {
  for (const server of open.splice(0)) await server.close(0);
});

describe('pages of other sites', () => {
  const FRIEND = 'https://desk.example.org';
  const preflight = {
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'idempotency-key',
  };
  const startWith = (corsOrigins?: string[]) =>
    start({ corsOrigins, checkOrigin: createOriginCheck([], corsOrigins) });

  test('a listed one may ask before, write, and read answers and streams', async () => {
    const server = await startWith([FRIEND]);
    const asked = await server.send('OPTIONS', '/v1/thing', { headers: { origin: FRIEND, ...preflight } });
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': FRIEND,
      'access-control-allow-methods': expect.stringContaining('PUT') as string,
      'access-control-allow-headers': expect.stringContaining('idempotency-key') as string,
    });
    const headers = { origin: FRIEND, 'sec-fetch-site': 'cross-site' };
    const written = await server.send('PUT', '/v1/thing', { headers, body: {} });
    expect(written.status).toBe(400);
    expect(written.headers).toMatchObject({ 'access-control-allow-origin': FRIEND, vary: 'origin' });
    const stream = await server.send('HEAD', '/v1/events', {
      headers: { ...headers, accept: 'text/event-stream' },
    });
    expect(stream.headers['access-control-allow-origin']).toBe(FRIEND);
    expect(stream.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test.each([
    ['one that is not listed', 'https://evil.example', [FRIEND]],
    ['one whose name begins alike', `${FRIEND}.evil.example`, [FRIEND]],
    ['no site', 'null', [FRIEND]],
    ['any, where none is listed', FRIEND, undefined],
  ])('%s is told nothing, and may not write', async (_name, origin, listed) => {
    const server = await startWith(listed);
    for (const [method, more] of [
      ['OPTIONS', preflight],
      ['HEAD', {}],
      ['PUT', {}],
    ] as const) {
      const path = method === 'HEAD' ? '/v1/events' : '/v1/thing';
      const { status, headers } = await server.send(method, path, { headers: { origin, ...more } });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      if (method === 'PUT') expect(status).toBe(403);
    }
  });
});

describe('who sends a request', () => {
  const sent = async (server: TestServer, forwarded: string) =>
    (await server.send('PUT', '/v1/thing', { headers: { 'x-forwarded-for': forwarded }, body: {} })).status;

  test('nobody is believed: another address in a header is no way around the limit', async () => {
    const server = await start({ rateLimit: 0.01 });
    expect([await sent(server, '1.1.1.1'), await sent(server, '2.2.2.2')]).toEqual([400, 429]);
  });

  test('a trusted proxy is, for the address that it has seen itself', async () => {
    const server = await start({ rateLimit: 0.01, trustedProxies: ['127.0.0.1'] });
    expect(await sent(server, '1.1.1.1')).toBe(400);
    expect(await sent(server, '2.2.2.2')).toBe(400);
    expect(await sent(server, '3.3.3.3, 2.2.2.2')).toBe(429);
  });
});

test('a caller has so many streams open and no more; others have theirs, and one that has ended makes room', async () => {
  const server = await start({ liveStreams: 2, identify: identifyByToken(() => tokens, 'T') });
  const follow = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const outgoing = request(`${server.url}/v1/events`, { headers, agent: false }).end();
    const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    response.on('error', () => undefined).resume();
    return { status: response.statusCode, end: () => outgoing.destroy() };
  };
  const [first] = [await follow('s'), await follow('s')];
  const headers = { authorization: 'Bearer s' };
  const refused = await server.send('GET', '/v1/events', { headers });
  expect(refused.json).toMatchObject({ status: 429, code: 'too-many-streams' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await follow('t')).status).toBe(200);
  first!.end();
  for (let again = await follow('s'); again.status !== 200; again = await follow('s'));
});

test('answers of every kind tell browsers that they are data', async () => {
  const server = await start();
  const all = [
    await server.send('PUT', '/v1/thing', { body: {} }),
    await server.send('GET', '/nothing'),
    await server.send('OPTIONS', '/v1/thing'),
    await server.send('HEAD', '/v1/events'),
    await server.send('GET', '/problems/not-found'),
    await server.send('GET', '/v1/thing', { headers: { 'x-long': 'x'.repeat(20_000) } }),
  ];
  for (const { headers } of all)
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; frame-ancestors 'none'/,
      ) as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
});

test('a mistake is named in words of JSON, not in those of a library', async () => {
  const server = await start();
  const wrong = { title: 1, tags: ['a', 'b', 'c'], year: 1.5, kind: 'c', flag: 'yes', inner: null, any: [] };
  const { json } = await server.send('PUT', '/v1/thing', { body: wrong });
  expect(json?.['errors']).toEqual([
    { path: 'title', message: 'must be text' },
    { path: 'tags', message: 'must have at most 2 items' },
    { path: 'year', message: 'must be a whole number' },
    { path: 'kind', message: 'must be "a" or "b"' },
    { path: 'flag', message: 'must be true or false' },
    { path: 'inner', message: 'must be an object' },
    { path: 'any', message: 'is not well formed' },
  ]);
  const list = await server.send('PUT', '/v1/thing', { body: [] });
  expect(list.json?.['errors']).toEqual([{ path: '', message: 'must be an object' }]);
});

describe('health', () => {
  const checks = [{ name: 'kafka', required: true, run: () => Promise.resolve('10.0.0.7:9092') }];
  const pages = (isBrief = false) => opsPages({ checks, registry: new Registry(), isBrief });
  const pageAccess = { '/readyz': { anonymous: 'masked', staff: 'all' } } as const;

  test('strangers see whether it is ready, and staff what it depends on', async () => {
    const identify = identifyByToken(() => tokens, 'T');
    const server = await start({ pages: pages(), pageAccess, identify });
    expect((await server.send('GET', '/readyz')).json).toEqual({ status: 'ready' });
    const staff = await server.send('GET', '/readyz', { headers: { authorization: 'Bearer s' } });
    expect(staff.json).toHaveProperty('checks.kafka.detail', '10.0.0.7:9092');
    // Whose token has expired is a stranger, and no reason to take the process for dead.
    const unknown = await server.send('GET', '/readyz', { headers: { authorization: 'Bearer x' } });
    expect([unknown.status, unknown.json]).toEqual([200, { status: 'ready' }]);
  });

  test('with OPS_ONLY nobody sees more there, and figures are elsewhere', async () => {
    const server = await start({ pages: pages(true) });
    expect((await server.send('GET', '/readyz')).json).toEqual({ status: 'ready' });
    expect((await server.send('GET', '/metrics')).status).toBe(404);
  });
});
