import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clientCredentials } from './client-credentials';
import { CachedToken, tokenModule } from './token';

describe('a token for all connections', () => {
  let now: number;
  let made: number;
  let fails: boolean;
  let cached: CachedToken;

  beforeEach(() => {
    [now, made, fails] = [0, 0, false];
    const source = () => {
      if (fails) return Promise.reject(new Error('the issuer is away'));
      made += 1;
      return Promise.resolve({ value: `t${made}`, expiresAt: now + 100_000 });
    };
    cached = new CachedToken(source, { logicalCluster: 'lkc-1' }, () => now);
  });

  test('is made once, and renewed before it ends', async () => {
    const first = await Promise.all([cached.provider(), cached.provider()]);
    expect(first).toEqual(Array(2).fill({ value: 't1', extensions: { logicalCluster: 'lkc-1' } }));
    now = 79_000;
    expect((await cached.provider()).value).toBe('t1');
    now = 81_000;
    expect((await cached.provider()).value).toBe('t2');
  });

  test('goes on while the issuer is away, as long as it lasts; afterwards it is tried again', async () => {
    await cached.provider();
    fails = true;
    now = 95_000;
    expect((await cached.provider()).value).toBe('t1');
    now = 99_000;
    await expect(cached.provider()).rejects.toMatchObject({
      ...{ retriable: true, message: 'there is no token for Kafka: the issuer is away' },
    });
    fails = false;
    expect((await cached.provider()).value).toBe('t2');
  });
});

describe('the credentials of a client', () => {
  let server: Server;
  let answers: { status: number; body: object }[];
  let asked: { authorization: string | undefined; body: string }[];

  beforeEach(async () => {
    [answers, asked] = [[], []];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push({ authorization: request.headers.authorization, body });
        const { status, body: answer } = answers.shift()!;
        response.writeHead(status).end(JSON.stringify(answer));
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const source = () =>
    clientCredentials({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
      ...{ clientId: 'library', clientSecret: 's:cret', scope: 'https://ns.servicebus.windows.net/.default' },
    });

  test('are exchanged for a token; an issuer that is busy is asked again', async () => {
    answers = [
      { status: 503, body: {} },
      { status: 200, body: { access_token: 'abc', expires_in: '60' } },
    ];
    const { value, expiresAt } = await source()();
    expect(value).toBe('abc');
    expect(expiresAt - Date.now()).toBeLessThanOrEqual(60_000);
    expect(expiresAt - Date.now()).toBeGreaterThan(50_000);
    expect(asked[1]).toEqual({
      authorization: `Basic ${Buffer.from('library:s%3Acret').toString('base64')}`,
      body: 'grant_type=client_credentials&scope=https%3A%2F%2Fns.servicebus.windows.net%2F.default',
    });
  });

  test('that are wrong are refused at once, and the secret is in no message', async () => {
    answers = [{ status: 401, body: { error: 'invalid_client' } }];
    const refused = source()();
    await expect(refused).rejects.toThrow(/refused \(401\): invalid_client/);
    await expect(refused).rejects.not.toThrow(/s:cret/);
    expect(asked).toHaveLength(1);
  });
});

test('a module makes tokens of its own, such as those of MSK', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'token-'));
  const file = path.join(folder, 'msk.cjs');
  writeFileSync(file, 'exports.default = async () => ({ value: "signed", expiresAt: Date.now() + 900000 });');
  await expect(new CachedToken(tokenModule(file)).provider()).resolves.toEqual({ value: 'signed' });
  writeFileSync(path.join(folder, 'none.cjs'), '');
  const none = new CachedToken(tokenModule(path.join(folder, 'none.cjs'))).provider();
  await expect(none).rejects.toThrow('not a function');
  rmSync(folder, { recursive: true });
});
