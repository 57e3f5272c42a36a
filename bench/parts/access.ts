import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { issuerKeys } from '../../infra/http/jwks';
import { identifyByJwt } from '../../infra/http/jwt';
import { createLogger } from '../../infra/logger';
import { secureSystem } from '../../test/secure/secure-system';
import { startSecureServers } from '../../test/secure/secure-servers';
import { Child } from '../child';
import type { LoadResult } from '../generator';
import { fire } from '../load';
import type { PartResult } from '../result';
import type { Settings } from '../settings';
import { orderOf, ratios } from '../statistics';
import { openBenchEnvironment, type Servers } from '../servers';
import { stockLibrary } from './writes';

const NAMES = ['open', 'jwt', 'encrypted'] as const;
type Name = (typeof NAMES)[number];

const ISSUER = 'https://id.example.org/';
const AUDIENCE = 'library';
const ALGORITHM = 'ES256';
/** How many tokens are checked, one after the other, for the cost of one. */
const TOKENS = 2_000;

/**
 * What it costs to know who comes, and to hide what goes over the network: the API with `AUTH=jwt`, and the API with a Kafka and a
 * Postgres that take nothing but TLS and known users, against the same without; and a token by itself.
 */
export async function measureAccess(servers: Servers, settings: Settings): Promise<PartResult> {
  const environment = await openBenchEnvironment(servers);
  const secure = await startSecureServers();
  const issuer = await Issuer.start();
  const children: Child[] = [];
  const start = async (env: NodeJS.ProcessEnv) => {
    const child = await Child.startRole('api', env);
    children.push(child);
    return child.url;
  };
  try {
    const encrypted = await secureSystem(secure);
    for (const each of [environment, encrypted.environment]) await stockLibrary(each, settings.books);
    const urls: Record<Name, string> = {
      open: await start(environment.env),
      jwt: await start({ ...environment.env, AUTH: 'jwt', ...issuer.variables }),
      encrypted: await start({ ...encrypted.environment.env, ...encrypted.credentials('api') }),
    };
    const results = await contest(urls, await issuer.token('staff'), settings);
    return describe(results, await costOfTokens(issuer), settings);
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    issuer.close();
    await environment.close();
    await secure.close();
  }
}

/** Signs tokens, and publishes its key. */
class Issuer {
  private constructor(
    private readonly server: Server,
    private readonly key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'],
  ) {}

  static async start(): Promise<Issuer> {
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key', use: 'sig' }] });
    const server = createServer((_, response) => void response.end(keys));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new Issuer(server, privateKey);
  }

  get variables() {
    const { port } = this.server.address() as AddressInfo;
    return {
      AUTH_ISSUER: ISSUER,
      AUTH_AUDIENCE: AUDIENCE,
      AUTH_JWKS_URL: `http://127.0.0.1:${port}/jwks`,
    };
  }

  token(role: string, name = 'anna'): Promise<string> {
    return new SignJWT({ scope: role })
      .setProtectedHeader({ alg: ALGORITHM, kid: 'key' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(name)
      .setExpirationTime('2h')
      .sign(this.key);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function contest(
  urls: Readonly<Record<Name, string>>,
  token: string,
  { rounds, seconds, warmUp, connections, books }: Settings,
): Promise<Record<Name, LoadResult[]>> {
  const load = (name: Name, tag: string, duration: number) =>
    fire({
      ...{ url: urls[name], connections, seconds: duration, books, tag: `${name}-${tag}` },
      ...(name === 'jwt' && { token }),
    });
  for (const name of NAMES) await load(name, 'warm', warmUp);
  const results: Record<Name, LoadResult[]> = { open: [], jwt: [], encrypted: [] };
  for (let round = 0; round < rounds; round++)
    for (const name of orderOf(NAMES, round)) results[name].push(await load(name, `r${round}`, seconds));
  return results;
}

/** The processor time that a token takes that comes for the first time, and one that is known; in microseconds. */
async function costOfTokens(issuer: Issuer): Promise<{ first: number; again: number }> {
  const logger = createLogger('silent');
  const identify = identifyByJwt({
    ...{ realm: 'bench', issuer: ISSUER, audience: AUDIENCE, logger },
    keys: issuerKeys({ url: issuer.variables.AUTH_JWKS_URL, logger }),
    callerOf: ({ sub }) => ({ role: 'patron', name: sub! }),
  });
  const headers: string[] = [];
  for (let i = 0; i < TOKENS; i++) headers.push(`Bearer ${await issuer.token('patron', `user-${i}`)}`);
  await identify(`Bearer ${await issuer.token('patron', 'first')}`);
  const checkAll = async () => {
    const before = process.cpuUsage();
    for (const header of headers) await identify(header);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / TOKENS;
  };
  return { first: await checkAll(), again: await checkAll() };
}

function describe(
  { open, jwt, encrypted }: Readonly<Record<Name, readonly LoadResult[]>>,
  { first, again }: { readonly first: number; readonly again: number },
  { connections }: Settings,
): PartResult {
  const rate = (results: readonly LoadResult[]) => results.map((result) => result.rate);
  const failed = [...open, ...jwt, ...encrypted].reduce((sum, result) => sum + result.failed, 0);
  return {
    title: `Who comes, and what others see: ${connections} connections`,
    measures: [
      { name: 'API, AUTH=none', unit: '1/s', values: rate(open) },
      { name: `API, AUTH=jwt (${ALGORITHM})`, unit: '1/s', values: rate(jwt) },
      { name: 'API, Kafka by TLS and SCRAM', unit: '1/s', values: rate(encrypted) },
      { name: 'jwt ÷ none', unit: '', values: ratios(rate(jwt), rate(open)), limit: { atLeast: 0.9 } },
      {
        ...{ name: 'encrypted ÷ not', unit: '', values: ratios(rate(encrypted), rate(open)) },
        limit: { atLeast: 0.9 },
      },
      { name: 'processor time of a token, the first time', unit: 'µs', values: [first] },
      { name: 'processor time of a token that is known', unit: 'µs', values: [again] },
    ],
    notes: [`${failed} requests failed. All of jwt have the same token.`],
  };
}
