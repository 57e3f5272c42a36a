import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnvironment } from '../infra/config';
import { selfSigned } from '../test/self-signed';
import { createRegistry } from './registry/registry';
import { contractEnvironment, registryAddress } from './settings';

const address = (env: NodeJS.ProcessEnv) => registryAddress(parseEnvironment(contractEnvironment, env));
const URL_ = 'https://registry.example.org';
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

let folder: string;
let server: Server;
let seen: (string | undefined)[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'registry-'));
  const { key, cert } = selfSigned(folder, '/CN=registry', '-addext', 'subjectAltName=IP:127.0.0.1');
  seen = [];
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    seen.push(request.headers.authorization);
    response.end('[]');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test('a registry with an authority of its own is asked over TLS, with the credentials', async () => {
  const env = {
    SCHEMA_REGISTRY_URL: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    SCHEMA_REGISTRY_CA_FILE: path.join(folder, 'cert.pem'),
  };
  await createRegistry(address({ ...env, SCHEMA_REGISTRY_TOKEN: 't' })).ping();
  await createRegistry(
    address({ ...env, SCHEMA_REGISTRY_USERNAME: 'u', SCHEMA_REGISTRY_PASSWORD: 'p:w' }),
  ).ping();
  expect(seen).toEqual(['Bearer t', basic('u:p:w')]);
});

test('a registry whose certificate nobody knows is not asked', async () => {
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = createRegistry(address({ SCHEMA_REGISTRY_URL: url }), { retries: 0 }).ping();
  await expect(asked).rejects.toThrow('does not answer');
  expect(seen).toHaveLength(2);
});

test('user and password stand in the URL, in variables or in files', () => {
  expect(address({ SCHEMA_REGISTRY_URL: 'https://a%40b:s%2Fx@registry.example.org' })).toEqual({
    ...{ url: `${URL_}/`, authorization: basic('a@b:s/x') },
  });
  const file = path.join(folder, 'password');
  writeFileSync(file, 'secret\n');
  const env = {
    ...{ SCHEMA_REGISTRY_URL: URL_, SCHEMA_REGISTRY_USERNAME: 'u', SCHEMA_REGISTRY_PASSWORD_FILE: file },
  };
  expect(address(env).authorization).toBe(basic('u:secret'));
});

test.each<[string, NodeJS.ProcessEnv]>([
  [
    'SCHEMA_REGISTRY_TOKEN is set beside a user',
    { SCHEMA_REGISTRY_TOKEN: 't', SCHEMA_REGISTRY_USERNAME: 'u', SCHEMA_REGISTRY_PASSWORD: 'p' },
  ],
  [
    'SCHEMA_REGISTRY_TOKEN is set beside a user',
    { SCHEMA_REGISTRY_TOKEN: 't', SCHEMA_REGISTRY_URL: 'https://u:p@h' },
  ],
  [
    'SCHEMA_REGISTRY_URL has a user already',
    { SCHEMA_REGISTRY_URL: 'https://u:p@h', SCHEMA_REGISTRY_USERNAME: 'u', SCHEMA_REGISTRY_PASSWORD: 'p' },
  ],
  ['go together', { SCHEMA_REGISTRY_USERNAME: 'u' }],
  ['are both set', { SCHEMA_REGISTRY_TOKEN: 't', SCHEMA_REGISTRY_TOKEN_FILE: __filename }],
])('refused: %s', (sentence, env) => {
  expect(() => address({ SCHEMA_REGISTRY_URL: URL_, ...env })).toThrow(sentence);
});
