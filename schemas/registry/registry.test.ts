import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseEnvironment } from '../../infra/config';
import { contractEnvironment, registryAddress } from '../settings';
import { createRegistry, RegistryRefusedError, RegistryUnavailableError } from './registry';

/** The answers of the server, in order; the last one repeats. */
type Reply = { status: number; body: unknown } | 'hang' | 'drop';

let server: Server;
let replies: Reply[];
let requests: { line: string; authorization: string | undefined }[];

beforeEach(async () => {
  replies = [];
  requests = [];
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization });
  const reply = replies.length > 1 ? replies.shift()! : replies[0]!;
  if (reply === 'hang') return;
  if (reply === 'drop') return void request.socket.destroy();
  response.writeHead(reply.status);
  response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
}

function registry(userInfo = '', path = '/apis/ccompat/v7') {
  const { port } = server.address() as AddressInfo;
  return at({ SCHEMA_REGISTRY_URL: `http://${userInfo}127.0.0.1:${port}${path}` });
}

/** The client that a role has with this environment. An answer on a busy machine takes a while. */
function at(env: NodeJS.ProcessEnv) {
  const address = registryAddress(parseEnvironment(contractEnvironment, env));
  return createRegistry(address, { timeout: replies.includes('hang') ? 200 : 30_000, retries: 2, pause: 1 });
}

const FOUND: Reply = { status: 200, body: { schema: '"string"' } };

test('keeps the base path, with or without a slash at its end', async () => {
  replies = [FOUND];
  await registry().schemaById(7);
  await registry('', '/apis/ccompat/v7/').schemaById(7);
  await registry('', '').schemaById(7);
  expect(requests.map(({ line }) => line)).toEqual([
    'GET /apis/ccompat/v7/schemas/ids/7',
    'GET /apis/ccompat/v7/schemas/ids/7',
    'GET /schemas/ids/7',
  ]);
});

test('a schema without a type is Avro, as the protocol defines', async () => {
  replies = [FOUND];
  await expect(registry().schemaById(7)).resolves.toEqual({ schema: '"string"', schemaType: 'AVRO' });
});

test('sends the user and password of the URL, and never shows them', async () => {
  replies = [{ status: 401, body: { error_code: 401, message: 'Who are you?' } }];
  const asked = registry('ann:s%40cret@').schemaById(7);
  await expect(asked).rejects.toThrow(/refused \(401\): Who are you\?/);
  await expect(asked).rejects.not.toThrow(/s@cret|s%40cret/);
  expect(requests[0]!.authorization).toBe(`Basic ${Buffer.from('ann:s@cret').toString('base64')}`);
});

describe('after a transient error a call is retried', () => {
  test.each<[string, Reply]>([
    ['a server error', { status: 503, body: 'busy' }],
    ['too many requests', { status: 429, body: {} }],
    ['a lost connection', 'drop'],
    ['silence', 'hang'],
    ['an answer that is no JSON', { status: 200, body: '<html>' }],
  ])('%s', async (_, trouble) => {
    replies = [trouble, FOUND];
    await expect(registry().schemaById(7)).resolves.toBeDefined();
    expect(requests).toHaveLength(2);
  });

  test('a limited number of times', async () => {
    replies = [{ status: 500, body: { error_code: 50001, message: 'storage is gone' } }];
    const asked = registry().schemaById(7);
    await expect(asked).rejects.toThrow(RegistryUnavailableError);
    await expect(asked).rejects.toThrow(/127\.0\.0\.1:\d+\/apis\/ccompat\/v7 answered 500 .*storage is gone/);
    expect(requests).toHaveLength(3);
  });

  test('and the error names the address where nothing listens', async () => {
    const asked = createRegistry('http://127.0.0.1:1/x', { retries: 0 }).ping();
    await expect(asked).rejects.toThrow('The schema registry at 127.0.0.1:1/x does not answer');
  });
});

describe('the absence of a schema', () => {
  test('is certain when the registry answers it', async () => {
    replies = [{ status: 404, body: { error_code: 40403, message: 'Schema not found' } }];
    await expect(registry().schemaById(7)).resolves.toBeUndefined();
  });

  test.each<[string, Reply]>([
    ['a proxy', { status: 404, body: 'not found' }],
    ['another server', { status: 404, body: { error: 'no such route' } }],
  ])('is not concluded from %s', async (_, reply) => {
    replies = [reply];
    await expect(registry().schemaById(7)).rejects.toThrow(RegistryUnavailableError);
  });
});

test('after a refusal a call is not retried', async () => {
  replies = [{ status: 409, body: { error_code: 409, message: 'incompatible' } }];
  const schema = { type: 'record', name: 'A', namespace: 'b', fields: [] } as const;
  await expect(registry().register('s', schema)).rejects.toThrow(RegistryRefusedError);
  expect(requests).toEqual([expect.objectContaining({ line: 'POST /apis/ccompat/v7/subjects/s/versions' })]);
});
