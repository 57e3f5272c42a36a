import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { waitUntil } from '../local/wait';
import { issuerKeys } from './jwks';
import { identifyByJwt } from './jwt';
import { Problem } from './problem';
import { silent } from './testing';

const ISSUER = 'https://id.example.org/';
const AUDIENCE = 'library';
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let server: Server;
let url: string;
let published: JWK[] = [];
let isAway = false;
let asked = 0;
let first: Pair;
let second: Pair;

async function jwk({ publicKey }: Pair, kid: string): Promise<JWK> {
  return { ...(await exportJWK(publicKey)), kid, use: 'sig' };
}

beforeAll(async () => {
  [first, second] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('ES256')]);
  server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' });
    response.end(isAway ? 'away' : JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
});
afterAll(() => void server.close());
beforeEach(async () => {
  published = [await jwk(first, 'first')];
  isAway = false;
  asked = 0;
});

const identifier = ({
  knownFor,
  ...times
}: { maxAge?: number; cooldown?: number; pause?: number; knownFor?: number } = {}) =>
  identifyByJwt({
    ...{ realm: 'test', issuer: ISSUER, audience: AUDIENCE, logger: silent },
    ...(knownFor !== undefined && { knownFor }),
    keys: issuerKeys({ url, logger: silent, cooldown: 0, pause: 0, ...times }),
    callerOf: ({ sub }) => (sub === undefined ? 'There is no user.' : { role: 'guest', name: sub }),
  });

const now = () => Math.floor(Date.now() / 1_000);
/** No two tokens are the same. */
const claims = () =>
  new SignJWT({ jti: randomUUID() })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject('ann')
    .setExpirationTime('5m');
const signed = (token = claims(), kid = 'first', { privateKey } = first, alg = 'RS256') =>
  token.setProtectedHeader({ alg, kid }).sign(privateKey);

async function statusOf(identify: ReturnType<typeof identifier>, token: string): Promise<number> {
  const answer = await identify(`Bearer ${token}`);
  return answer instanceof Problem ? answer.kind.status : 200;
}

test('a token of the issuer identifies its caller, until it ends', async () => {
  const answer = await identifier()(`Bearer ${await signed()}`);
  expect(answer).toMatchObject({ role: 'guest', name: 'ann' });
  const { expires } = answer as { expires: number };
  expect(Math.abs(expires - Date.now() - 310_000)).toBeLessThan(5_000);
});

// oxfmt-ignore
test.each<[string, () => Promise<string>]>([
  ['is unsigned', () => Promise.resolve(new UnsecuredJWT({}).setIssuer(ISSUER).setAudience(AUDIENCE).setSubject('ann').setExpirationTime('5m').encode())],
  ['is signed with the public key as a shared secret', async () =>
    claims().setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(new TextEncoder().encode(await exportSPKI(first.publicKey)))],
  ['is signed with another key under a known ID', () => signed(claims(), 'first', second, 'ES256')],
  ['is signed with a key that is not known', () => signed(claims(), 'none')],
  ['is for another audience', () => signed(claims().setAudience('shop'))],
  ['is of another issuer', () => signed(claims().setIssuer('https://id.example.com/'))],
  ['has expired', () => signed(claims().setExpirationTime(now() - 60))],
  ['never expires', () => signed(new SignJWT({}).setIssuer(ISSUER).setAudience(AUDIENCE).setSubject('ann'))],
  ['is not valid yet', () => signed(claims().setNotBefore(now() + 60))],
  ['names nobody', () => signed(new SignJWT({}).setIssuer(ISSUER).setAudience(AUDIENCE).setExpirationTime('5m'))],
  ['was changed', async () => {
    const [head, , signature] = (await signed()).split('.');
    const body = Buffer.from(JSON.stringify({ iss: ISSUER, aud: AUDIENCE, sub: 'bob', exp: now() + 300 }));
    return `${head}.${body.toString('base64url')}.${signature}`;
  }],
  ['has two parts', () => Promise.resolve('e30.e30')],
  ['is five empty parts', () => Promise.resolve('....')],
  ['is no JSON', () => Promise.resolve('a.b.c')],
])('a token that %s is answered 401, as an invalid token', async (_what, make) => {
  const answer = await identifier()(`Bearer ${await make()}`);
  expect(answer).toMatchObject({ kind: { status: 401 } });
  expect((answer as Problem).options.headers?.['www-authenticate']).toMatch(
    /^Bearer realm="test", error="invalid_token", error_description="[^"]+"$/,
  );
});

test('without a token there is no error in the challenge; another scheme is wrong', async () => {
  expect(await identifier()(undefined)).toMatchObject({
    options: { headers: { 'www-authenticate': 'Bearer realm="test"' } },
  });
  expect(await identifier()('Basic YTpi')).toMatchObject({ kind: { status: 401 } });
});

test('clocks may differ a little', async () => {
  const identify = identifier();
  expect(await statusOf(identify, await signed(claims().setExpirationTime(now() - 5)))).toBe(200);
  expect(await statusOf(identify, await signed(claims().setNotBefore(now() + 5)))).toBe(200);
});

test('keys are asked for once, and again for one that is not known: the issuer may have new ones', async () => {
  const identify = identifier();
  await Promise.all(Array.from({ length: 20 }, async () => statusOf(identify, await signed())));
  expect(asked).toBe(1);
  published = [await jwk(second, 'second')];
  expect(await statusOf(identify, await signed(claims(), 'second', second, 'ES256'))).toBe(200);
  expect(asked).toBe(2);
  // What the issuer has withdrawn is no longer valid.
  expect(await statusOf(identify, await signed())).toBe(401);
});

test('whoever sends unknown keys does not make the issuer be asked each time', async () => {
  const identify = identifier({ cooldown: 60_000 });
  expect(await statusOf(identify, await signed())).toBe(200);
  for (let i = 0; i < 5; i += 1)
    expect(await statusOf(identify, await signed(claims(), `none-${i}`))).toBe(401);
  expect(asked).toBe(1);
});

test('while the issuer is away, known keys go on; unknown ones cannot be judged: 503', async () => {
  const identify = identifier({ maxAge: 0 });
  expect(await statusOf(identify, await signed())).toBe(200);
  isAway = true;
  for (let i = 0; i < 3; i += 1) expect(await statusOf(identify, await signed())).toBe(200);
  expect(await statusOf(identify, await signed(claims(), 'second', second, 'ES256'))).toBe(503);
  isAway = false;
  published.push(await jwk(second, 'second'));
  expect(await statusOf(identify, await signed(claims(), 'second', second, 'ES256'))).toBe(200);
});

test('an issuer that is away from the beginning is asked again, and not by each request', async () => {
  isAway = true;
  const identify = identifier({ pause: 60_000 });
  for (let i = 0; i < 3; i += 1) expect(await statusOf(identify, await signed())).toBe(503);
  expect(asked).toBe(1);
});

test('old keys are read again in the background', async () => {
  const identify = identifier({ maxAge: 0 });
  expect(await statusOf(identify, await signed())).toBe(200);
  published = [await jwk(second, 'second')];
  await waitUntil(async () => (await statusOf(identify, await signed())) === 401, {
    ...{ what: 'a withdrawn key goes on', timeout: 10_000 },
  });
});

test('a token that was found valid is known for a while, whatever becomes of its key, and no longer than it is valid', async () => {
  const [long, short] = [identifier({ maxAge: 0 }), identifier({ maxAge: 0, knownFor: 0 })];
  const [token, ending] = [await signed(), await signed(claims().setExpirationTime(now() - 7))];
  for (const identify of [long, short]) expect(await statusOf(identify, token)).toBe(200);
  expect(await statusOf(long, ending)).toBe(200);
  published = [await jwk(second, 'second')];
  for (const identify of [long, short])
    await waitUntil(async () => (await statusOf(identify, await signed())) === 401, {
      ...{ what: 'a withdrawn key goes on', timeout: 10_000 },
    });
  expect(await statusOf(long, token)).toBe(200);
  expect(await statusOf(short, token)).toBe(401);
  await waitUntil(async () => (await statusOf(long, ending)) === 401, {
    ...{ what: 'a token that has expired goes on', timeout: 10_000 },
  });
});
