import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ApiClient } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';

const AUDIENCE = 'library';
const RESERVE = '/v1/books/moby/reservations';

describe('with the tokens of an OpenID provider', () => {
  let provider: ChildProcess;
  let issuer: string;
  let environment: TestEnvironment;
  let api: RoleProcess;
  const client = new ApiClient(() => api.url);

  beforeAll(async () => {
    const script = path.join(__dirname, 'provider.mjs');
    provider = spawn(process.execPath, [script, AUDIENCE], { stdio: ['ignore', 'pipe', 'ignore'] });
    [issuer] = (await once(createInterface(provider.stdout!), 'line')) as [string];
    environment = await createTestEnvironment({
      ...{ AUTH: 'jwt', AUTH_ISSUER: issuer, AUTH_AUDIENCE: AUDIENCE, AUTH_JWKS_URL: `${issuer}/jwks` },
    });
    api = await RoleProcess.start(['api'], environment.env);
  }, 120_000);

  afterAll(async () => {
    await api.stop();
    provider.kill();
    await environment.close();
  });

  /** The header with a token that the provider has issued to this client. */
  async function as(client_id: string, scope: string, more: Record<string, string> = {}) {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'client_credentials', client_id, client_secret: 'secret' },
        ...(scope && { scope }),
        ...more,
      }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (!token) throw new Error(`the provider answers ${response.status}`);
    return { authorization: `Bearer ${token}` };
  }

  const event = (eventId: unknown, headers: Record<string, string>) => ({ eventId, headers });

  test('each role of the tokens is what the table says', async () => {
    const [patron, staff, analyst] = [
      await as('ishmael', 'patron'),
      await as('anna', 'staff'),
      await as('ada', 'analyst'),
    ];
    const status = async (userId: string, headers: Record<string, string>) =>
      (await client.post(RESERVE, { userId }, headers)).status;
    expect(await status('ishmael', patron)).toBe(202);
    expect(await status('queequeg', patron)).toBe(403);
    expect(await status('queequeg', staff)).toBe(202);
    expect(await status('ishmael', analyst)).toBe(403);
    expect((await client.get('/metrics', analyst)).status).toBe(200);
    expect((await client.get('/metrics', patron)).status).toBe(403);
  });

  test('a token without a role is valid, and gets nothing', async () => {
    const answer = await client.post(RESERVE, { userId: 'nobody' }, await as('nobody', ''));
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('insufficient_scope');
  });

  test('a token of the same provider for another audience is not valid here', async () => {
    const other = await as('anna', 'staff', { resource: 'https://shop.example.org/' });
    const answer = await client.post(RESERVE, { userId: 'anna' }, other);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/error="invalid_token".*aud/);
  });

  test('the stream says who acted', async () => {
    const answer = await client.put('/v1/books/walden', { title: 'Walden' }, await as('anna', 'staff'));
    const [partition, offset] = String(answer.body['position']).split(':').map(Number) as [number, number];
    const ranges = [{ partition, start: offset, end: offset + 1 }];
    const seen = [];
    for await (const { records } of environment.log.read(environment.topics.reservations, { ranges }))
      for (const { headers } of records)
        seen.push(
          event(String(headers['ce_id']), {
            ...{ type: String(headers['ce_authtype']), id: String(headers['ce_authid']) },
          }),
        );
    expect(seen).toEqual([event(answer.body['eventId'], { type: 'user', id: 'anna' })]);
  });

  test('the start says which mode is on', () => {
    expect(api.log.find((line) => line.includes('"msg":"API ready"'))).toContain('"auth":"jwt"');
  });
});
