import { z } from 'zod';
import type { Access } from './access';
import { createHttpApp, type HttpAppOptions } from './app';
import { createOriginCheck } from './origin';
import { defineRoute, type AnyRoute } from './route';
import { serve, silent, type TestServer } from './testing';
import { identifyByToken, parseTokens } from './tokens';

const THING = '/v1/thing';
const json = { 'content-type': 'application/json' };
const BOTH: Access = { staff: 'all', guest: 'all' };
const shared = {
  ...{
    path: THING,
    access: BOTH,
    tag: 'Things',
    summary: 'A test',
    responses: { 200: { description: 'Fine' } },
  },
  ...{ params: z.object({}), query: z.object({}) },
};

/** `token=role:name`. */
function identified(text: string) {
  const tokens = parseTokens(text, {
    variable: 'TOKENS',
    parseCaller(entry) {
      const [role = '', name = ''] = entry.split(':');
      return { role, name };
    },
    form: 'token=role:name',
  });
  return identifyByToken(() => tokens, 'test');
}

const routes: AnyRoute[] = [
  defineRoute({
    ...{ ...shared, method: 'get', operationId: 'get' },
    handle: ({ caller }) => Promise.resolve({ status: 200, body: { caller } }),
  }),
  defineRoute({
    ...{ ...shared, method: 'put', operationId: 'put', body: z.strictObject({ title: z.string() }) },
    handle: () => Promise.resolve({ status: 204 }),
  }),
  defineRoute({
    ...{ ...shared, method: 'delete', operationId: 'delete', access: { staff: 'all' } },
    handle: () => Promise.resolve({ status: 204 }),
  }),
];

const optionsWith = (more: Partial<HttpAppOptions>): HttpAppOptions => ({
  routes,
  info: { title: 'Test', version: '1' },
  logger: silent,
  ...more,
});

describe('with tokens', () => {
  let guarded: TestServer;
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  beforeAll(async () => {
    guarded = await serve(createHttpApp(optionsWith({ identify: identified('s=staff:anna;p=guest:bob') })));
  });
  afterAll(() => guarded.close(1_000));

  test('without a token, or with a wrong one: 401 with the challenge', async () => {
    const missing = await guarded.send('GET', THING);
    expect(missing.json).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="test"');
    const wrong = await guarded.send('GET', THING, as('x'));
    expect(wrong.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  test('the handler receives the caller', async () => {
    expect((await guarded.send('GET', THING, as('p'))).json).toMatchObject({
      caller: { role: 'guest', name: 'bob' },
    });
  });

  test('what the role has no access to is 403', async () => {
    expect((await guarded.send('DELETE', THING, as('p'))).json).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    expect((await guarded.send('DELETE', THING, as('s'))).status).toBe(204);
  });

  test('a caller without a valid token learns nothing else about the request', async () => {
    expect((await guarded.send('PUT', THING, { headers: json, body: '{' })).status).toBe(401);
  });

  test('documentation needs no token and describes how to send one', async () => {
    const { json: document } = await guarded.send('GET', '/openapi.json');
    expect(document).toHaveProperty('components.securitySchemes.token.scheme', 'bearer');
  });
});

describe('with a rate limit', () => {
  test('one request too many is 429 with Retry-After; other callers and pages are not limited', async () => {
    const limited = await serve(
      createHttpApp(optionsWith({ rateLimit: 0.01, identify: identified('a=staff:anna;b=staff:bob') })),
    );
    const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    expect((await limited.send('GET', THING, as('a'))).status).toBe(200);
    const refused = await limited.send('GET', THING, as('a'));
    expect(refused.json).toMatchObject({ status: 429, code: 'too-many-requests' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers).toHaveProperty('ratelimit');
    expect((await limited.send('GET', THING, as('b'))).status).toBe(200);
    expect((await limited.send('GET', '/docs')).status).toBe(200);
    await limited.close(1_000);
  });

  test('wrong tokens are counted by address', async () => {
    const limited = await serve(
      createHttpApp(optionsWith({ rateLimit: 0.01, identify: identified('a=staff:anna') })),
    );
    expect((await limited.send('GET', THING)).status).toBe(401);
    expect((await limited.send('GET', THING)).status).toBe(429);
    await limited.close(1_000);
  });
});

test('a write that the page of another site makes a browser send is refused before anything is looked at', async () => {
  const checkOrigin = createOriginCheck([]);
  const server = await serve(
    createHttpApp({ routes, info: { title: 'Test', version: '1' }, logger: silent, checkOrigin }),
  );
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  const refused = await server.send('PUT', THING, { headers: { ...foreign, ...json }, body: '{' });
  expect(refused.json).toMatchObject({ status: 403, code: 'cross-site' });
  expect((await server.send('GET', THING, { headers: foreign })).status).toBe(200);
  expect((await server.send('GET', THING, { headers: { host: 'evil.example' } })).json).toMatchObject({
    status: 403,
    code: 'cross-site',
  });
  await server.close(0);
});
