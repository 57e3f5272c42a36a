import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnvironment } from '../../config';
import { selfSigned } from '../../../test/self-signed';
import { kafkaEnvironment } from '../settings';
import { connectionSecurity, warningOf } from './security';

const read = (env: NodeJS.ProcessEnv) => connectionSecurity(parseEnvironment(kafkaEnvironment, env));

let folder: string;
let cert: string;
let key: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kafka-security-'));
  ({ cert, key } = selfSigned(folder, '/CN=test'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const USER = { KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' };
const CLIENT = {
  KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
  KAFKA_OAUTH_TOKEN_URL: 'https://id.example.org/token',
  KAFKA_OAUTH_CLIENT_ID: 'library',
  KAFKA_OAUTH_CLIENT_SECRET: 'secret',
};

test.each(['plain', 'PLAIN', 'scram-sha-256', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'Scram-Sha-512'])(
  '%s is a mechanism, in any spelling',
  (mechanism) => {
    expect(read({ KAFKA_SASL_MECHANISM: mechanism, ...USER })).toEqual({
      ...{ ssl: false, sasl: { mechanism: mechanism.toLowerCase(), username: 'u', password: 'p' } },
    });
  },
);

test('certificates and key come from files, or in one line', () => {
  const [certPem, keyPem] = [readFileSync(cert, 'utf8'), readFileSync(key, 'utf8')];
  const files = read({
    ...{ KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: cert, KAFKA_SSL_CERT_FILE: cert, KAFKA_SSL_KEY_FILE: key },
  });
  expect(files).toEqual({ ssl: { ca: certPem.trimEnd(), cert: certPem.trimEnd(), key: keyPem.trimEnd() } });
  const inline = read({ KAFKA_SSL: 'true', KAFKA_SSL_CA: certPem.replaceAll('\n', '\\n') });
  expect(inline).toEqual({ ssl: { ca: certPem } });
  expect(read({ KAFKA_SSL: 'true' })).toEqual({ ssl: true });
});

test('a password comes from a file, without the line break at its end', () => {
  const file = path.join(folder, 'password');
  writeFileSync(file, ' s3cret \n');
  expect(
    read({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD_FILE: file }).sasl,
  ).toMatchObject({ password: ' s3cret ' });
});

test.each<[string, () => NodeJS.ProcessEnv]>([
  ['KAFKA_SSL_CA_FILE is set, but KAFKA_SSL is not', () => ({ KAFKA_SSL_CA_FILE: cert })],
  ['KAFKA_SSL_CERT is set without KAFKA_SSL_KEY', () => ({ KAFKA_SSL: 'true', KAFKA_SSL_CERT_FILE: cert })],
  ['KAFKA_SSL_KEY is set without KAFKA_SSL_CERT', () => ({ KAFKA_SSL: 'true', KAFKA_SSL_KEY_FILE: key })],
  [
    'KAFKA_SSL_KEY is not the key of the certificate',
    () => ({ KAFKA_SSL: 'true', KAFKA_SSL_CERT_FILE: cert, KAFKA_SSL_KEY: otherKey() }),
  ],
  [
    'KAFKA_SSL_CA and KAFKA_SSL_CA_FILE are both set',
    () => ({ KAFKA_SSL: 'true', KAFKA_SSL_CA: 'x', KAFKA_SSL_CA_FILE: cert }),
  ],
  ['KAFKA_SASL_USERNAME is set, but KAFKA_SASL_MECHANISM is not', () => USER],
  [
    'KAFKA_SASL_MECHANISM is scram-sha-512, but KAFKA_SASL_PASSWORD is missing',
    () => ({ KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', KAFKA_SASL_USERNAME: 'u' }),
  ],
  ['KAFKA_SASL_USERNAME is set, but KAFKA_SASL_MECHANISM is oauthbearer', () => ({ ...CLIENT, ...USER })],
  [
    'KAFKA_OAUTH_SCOPE is set, but KAFKA_SASL_MECHANISM is plain',
    () => ({ KAFKA_SASL_MECHANISM: 'plain', ...USER, KAFKA_OAUTH_SCOPE: 's' }),
  ],
  ['KAFKA_OAUTH_CLIENT_SECRET is missing', () => ({ ...CLIENT, KAFKA_OAUTH_CLIENT_SECRET: undefined })],
  [
    'KAFKA_OAUTH_MODULE and KAFKA_OAUTH_TOKEN_URL are both set',
    () => ({ ...CLIENT, KAFKA_OAUTH_MODULE: cert }),
  ],
])('refused at the start: %s', (sentence, env) => {
  expect(() => read(env())).toThrow(sentence);
});

function otherKey(): string {
  return execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout'], {
    encoding: 'utf8',
  });
}

test('credentials in clear text are warned of', () => {
  expect(warningOf(read({ KAFKA_SASL_MECHANISM: 'plain', ...USER }))).toContain('the credentials');
  expect(warningOf(read({ KAFKA_SASL_MECHANISM: 'scram-sha-512', ...USER }))).toContain('KAFKA_SSL=true');
  expect(warningOf(read({ KAFKA_SASL_MECHANISM: 'plain', ...USER, KAFKA_SSL: 'true' }))).toBeUndefined();
  expect(warningOf(read({}))).toBeUndefined();
});
