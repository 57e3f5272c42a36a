import { rootCertificates } from 'node:tls';
import { loadConfig, VARIABLES } from './config';
import { kafkaSettings } from '../infra/kafka/client';
import { createLogger } from '../infra/logger';
import { authSettings } from '../schemas/access-settings';
import { registryAddress } from '../schemas/settings';
import { startAuthentication } from '../schemas/authentication';

test('the defaults are those of the local system', () => {
  expect(loadConfig({})).toEqual({
    KAFKA_BROKERS: '127.0.0.1:19092',
    KAFKA_SSL: false,
    KAFKA_SESSION_TIMEOUT: 6_000,
    DATABASE_URL: 'postgresql://library:library@127.0.0.1:15433/library',
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:18081/apis/ccompat/v7',
    TOPIC_PREFIX: 'library',
    GRANT_RIGHTS: false,
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: 3_000,
    OPS_PORT: undefined,
    API_PROCESSES: 1,
    ALLOWED_HOSTS: undefined,
    LIVE_STREAMS: 1_000,
    OPS_ONLY: false,
    PICKUP_WINDOW: 604_800_000,
    WRITE_TIMEOUT: 5_000,
    WRITE_QUEUE: 10_000,
    WRITE_QUEUE_BYTES: 67_108_864,
    SHUTDOWN_DELAY: 0,
    SHUTDOWN_TIMEOUT: 10_000,
    LOG_LEVEL: 'info',
    NOTICE_CHANNEL: 'log',
    NOTICE_FROM: 'Library <library@localhost>',
    NOTICE_LANGUAGE: 'en',
    NOTICE_TIME_ZONE: 'UTC',
    NOTICE_TIMEOUT: 10_000,
    NOTICE_CONCURRENCY: 32,
    NOTICE_ATTEMPTS: 20,
    NOTICE_RETRY_PAUSE: 1_000,
    NOTICE_MAX_AGE: 604_800_000,
    STATEMENT_TIMEOUT: 3_000,
  });
});

const CERTIFICATE = rootCertificates[0]!;

/** Values with which the platform would not do what is meant, or nothing at all. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  KAFKA_BROKERS: [
    ',',
    'kafka-1:9092,',
    'kafka-1:9092, ,kafka-2:9092',
    'kafka-1',
    'kafka-1:0',
    'kafka-1:65536',
    'http://k:1',
  ],
  API_PROCESSES: ['0', '65', '1.5', 'two'],
  OTEL_EXPORTER_OTLP_ENDPOINT: ['collector:4318', 'grpc://collector:4317'],
  KAFKA_SSL: ['perhaps', '2'],
  KAFKA_SSL_CA: ['no certificate', CERTIFICATE],
  KAFKA_SSL_CA_FILE: ['/none/such', __filename],
  KAFKA_SSL_CERT: ['no certificate', CERTIFICATE],
  KAFKA_SSL_CERT_FILE: ['/none/such', __filename],
  KAFKA_SSL_KEY: ['no key'],
  KAFKA_SSL_KEY_FILE: ['/none/such', __filename],
  KAFKA_SASL_MECHANISM: ['PLAIN', 'oauthbearer', 'scram', 'GSSAPI'],
  KAFKA_SASL_USERNAME: ['library'],
  KAFKA_SASL_PASSWORD: ['secret'],
  KAFKA_SASL_PASSWORD_FILE: ['/none/such', __filename],
  KAFKA_OAUTH_TOKEN_URL: ['id.example.org', 'ftp://id', 'https://id.example.org/token'],
  KAFKA_OAUTH_CLIENT_ID: ['library'],
  KAFKA_OAUTH_CLIENT_SECRET: ['secret'],
  KAFKA_OAUTH_CLIENT_SECRET_FILE: ['/none/such', __filename],
  KAFKA_OAUTH_SCOPE: ['kafka'],
  KAFKA_OAUTH_EXTENSIONS: ['logicalCluster', 'a=b,', 'a=b'],
  KAFKA_OAUTH_MODULE: ['/none/such.mjs', __filename],
  KAFKA_SESSION_TIMEOUT: ['0ms', '10ms', '1h', '-6s', '6'],
  REPLICATION_FACTOR: ['0', '-1', '1.5', '32768', '0x3', 'three'],
  DATABASE_URL: [
    'localhost',
    'mysql://h/db',
    'postgresql://',
    'postgresql://u:p%@h/db',
    'postgresql://h:99999/db',
    'postgresql://h/db?sslmode=verify-all',
    'postgresql://h/db?sslmode=verify-full&sslrootcert=/none/such.pem',
    `postgresql://h/db?sslmode=disable&sslrootcert=${__filename}`,
  ],
  SCHEMA_REGISTRY_URL: ['registry:8081', 'ftp://registry', 'http://', 'http://u:%zz@registry'],
  SCHEMA_REGISTRY_USERNAME: ['library'],
  SCHEMA_REGISTRY_PASSWORD: ['secret'],
  SCHEMA_REGISTRY_PASSWORD_FILE: ['/none/such'],
  SCHEMA_REGISTRY_TOKEN_FILE: ['/none/such'],
  SCHEMA_REGISTRY_TOKEN: [],
  SCHEMA_REGISTRY_CA: ['no certificate', CERTIFICATE],
  SCHEMA_REGISTRY_CA_FILE: ['/none/such'],
  TOPIC_PREFIX: ['a/b', 'a b', '.', '..', 'ü', 'x'.repeat(201)],
  HTTP_HOST: ['0.0.0.0', 'http://127.0.0.1', '127.0.0.1:3000', '[::1]', 'a b', '1::2::3'],
  HTTP_PORT: ['65536', '-1', '3000.5', '1e3', '0x10', 'x'],
  OPS_PORT: ['65536', '-1', '3001.5', 'x'],
  ALLOWED_HOSTS: ['a b', 'a:3000', 'http://a', 'a,', ','],
  CORS_ORIGINS: ['*', 'null', 'a.org', 'https://a.org/', 'https://a.org,', 'ftp://a.org', 'HTTPS://a.org'],
  TRUSTED_PROXIES: ['proxy', '10.0.0.0/0', '10.0.0.0/33', '::1/129', '10.0.0.1,', '10.0.0.0/8/8', 'true'],
  LIVE_STREAMS: ['0', '-1', '1.5', '99999', 'x'],
  OPS_ONLY: ['perhaps', '2'],
  RATE_LIMIT: ['0', '-1', '0.0000001', '1e3', 'Infinity', '9999999', 'x'],
  AUTH: ['oauth', 'NONE', 'tokens', 'jwt'],
  API_TOKENS: [';', 'token=staff', 'token=patron:a b', 't=staff:a;t=staff:b', 'sha256:12=staff:a'],
  API_TOKENS_FILE: ['/none/such', __filename],
  AUTH_ISSUER: ['id.example.org', 'https://', 'https://id.example.org'],
  AUTH_AUDIENCE: ['library'],
  AUTH_JWKS_URL: ['ftp://id.example.org', 'https://id.example.org/jwks'],
  AUTH_USER_CLAIM: ['a b', 'sub'],
  AUTH_ROLES_CLAIM: ['ü', 'roles'],
  WRITE_TIMEOUT: ['0ms', '25d', '-1s', '5'],
  WRITE_QUEUE_BYTES: ['0', '1000', '1e9', '9999999999'],
  WRITE_QUEUE: ['0', '-1', '1.5', '1000000', 'x'],
  PICKUP_WINDOW: ['0ms', '-1d', '4000d', `${'9'.repeat(400)}d`, '7'],
  MAX_OPEN_RESERVATIONS: ['-1', '1.5', '9999999999', 'x'],
  NOTICE_CHANNEL: ['pigeon', 'LOG'],
  NOTICE_SMTP_URL: ['mail.example.org', 'https://mail.example.org', 'smtp://', 'smtp://u:%@h'],
  NOTICE_FROM: ['the library', 'a@b, c@d', 'Library <a@b>\r\nBcc: c@d'],
  NOTICE_EMAIL_TO: ['{userId}', 'everybody@example.org', '{userId}@a.org,b@c.org'],
  NOTICE_WEBHOOK_URL: ['example.org', 'ftp://example.org', 'https://'],
  NOTICE_WEBHOOK_SECRET: ['short'],
  NOTICE_LANGUAGE: ['fr', 'EN'],
  NOTICE_TIME_ZONE: ['Mars/Olympus', 'Berlin'],
  NOTICE_PAGE_URL: ['library.example.org', 'ftp://library.example.org'],
  NOTICE_QUIET_HOURS: ['22-7', '22:00-24:00', '7:00-8:00', '07:00-07:00'],
  NOTICE_UNSUBSCRIBE_URL: ['example.org/{userId}', 'javascript:x', 'https://a.org/a b', 'https://'],
  NOTICE_OPTED_OUT: ['ann,', 'a b', 'ann;bob'],
  NOTICE_TIMEOUT: ['0ms', '25d', 'soon'],
  NOTICE_CONCURRENCY: ['0', '1001', '1.5', 'x'],
  NOTICE_ATTEMPTS: ['0', '1001', '1.5', 'x'],
  NOTICE_RETRY_PAUSE: ['0ms', '2h', 'x'],
  NOTICE_MAX_AGE: ['0ms', '4000d', 'x'],
  STATEMENT_TIMEOUT: ['0ms', '99ms', '25d', 'x'],
  GRANT_RIGHTS: ['maybe'],
  SHUTDOWN_DELAY: ['25d', '-1s', '5'],
  SHUTDOWN_TIMEOUT: ['0ms', '25d', '-1s', '10'],
  LOG_LEVEL: ['verbose', 'INFO'],
};

/** Reads the configuration, as a role does, with everything that depends on several variables. */
function load(env: NodeJS.ProcessEnv): void {
  const config = loadConfig(env);
  kafkaSettings(config, 'test');
  registryAddress(config);
  void startAuthentication(authSettings(config), createLogger('silent')).close();
}

/** In words for people: none of the library that reads them. */
const FOREIGN_WORDS = /Invalid (input|option|string|enum)|expected|received/;

test.each(VARIABLES)('%s: values that break the service are refused, by name', (name) => {
  for (const value of ['', '  ', ...REFUSED[name]!]) {
    expect(() => load({ [name]: value })).toThrow(name);
    expect(() => load({ [name]: value })).not.toThrow(FOREIGN_WORDS);
  }
});

test('what is unusual and right is taken', () => {
  const env = {
    KAFKA_BROKERS: 'kafka-1.example.org:9092, [::1]:9092',
    DATABASE_URL: 'postgresql://u:p%40ss@h/db?sslmode=require',
    HTTP_HOST: '::1',
    HTTP_PORT: '0',
    PICKUP_WINDOW: '60d',
    MAX_OPEN_RESERVATIONS: '0',
    RATE_LIMIT: '0.2',
    CORS_ORIGINS: 'https://desk.example.org,http://127.0.0.1:5173',
    TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8,fd00::/8',
    NOTICE_FROM: 'desk@example.org',
    SHUTDOWN_DELAY: '0s',
  };
  expect(() => load(env)).not.toThrow();
  expect(() => load({ DATABASE_URL: 'postgresql:///library?host=/var/run/postgresql' })).not.toThrow();
});

test('variables of several rooms that are wrong are named at once', () => {
  const wrong = {
    PICKUP_WINDOW: 'x',
    HTTP_PORT: 'x',
    TOPIC_PREFIX: 'a/b',
    WRITE_QUEUE: '0',
    NOTICE_TIMEOUT: 'x',
  };
  for (const name of Object.keys(wrong)) expect(() => loadConfig(wrong)).toThrow(`${name}: `);
});
