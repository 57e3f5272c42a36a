import { writeFileSync } from 'node:fs';
import { loadConfig } from '../../app/config';
import { kafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger } from '../../infra/logger';
import { postgresAnswers } from '../../infra/postgres/admin';
import { library } from '../cli';
import { ApiClient, WAIT } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, event, type TestEnvironment } from '../environment';
import { uniqueName } from '../servers';
import { startSecureServers, USER, type SecureServers } from './secure-servers';

let servers: SecureServers;
let environment: TestEnvironment;
let everything: RoleProcess;

/** Of the secret, in every form that might be shown. */
const SECRETS = new RegExp(`${USER.password}|BEGIN PRIVATE KEY`);

const unsignedToken = () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  return `${part({ alg: 'none' })}.${part({ sub: 'library', iat: now, exp: now + 600 })}.`;
};

beforeAll(async () => {
  servers = await startSecureServers();
  environment = await createTestEnvironment({
    KAFKA_BROKERS: servers.kafkaBrokers,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: servers.certificate,
    KAFKA_SSL_CERT_FILE: servers.certificate,
    KAFKA_SSL_KEY_FILE: servers.key,
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: USER.name,
    KAFKA_SASL_PASSWORD: USER.password,
    DATABASE_SERVER_URL: servers.databaseUrl,
  });
  everything = await RoleProcess.start([], environment.env);
}, 180_000);

afterAll(async () => {
  await everything?.stop();
  await environment?.close();
  await servers?.close();
});

test('all roles write, project, read and notify over encrypted connections, also where brokers want them to sign in again', async () => {
  const api = new ApiClient(() => everything.url);
  const bookId = uniqueName('book');
  await api.put(`/v1/books/${bookId}`, { title: 'The Whale' }, WAIT);
  await api.put(`/v1/books/${bookId}/copies/c1`, undefined, WAIT);
  const reserved = await api.post(`/v1/books/${bookId}/reservations`, { userId: 'ann' }, WAIT);
  expect(reserved.body).toMatchObject({ status: 'ready', copyId: 'c1' });
  const signedIn = Date.now();
  // Whoever is let in for twelve seconds signs in again when ten are left.
  let last = reserved;
  for (let reader = 1; Date.now() - signedIn < 4_000; reader += 1)
    last = await api.post(`/v1/books/${bookId}/reservations`, { userId: `reader-${reader}` }, WAIT);
  expect(last.body).toMatchObject({ status: 'waiting' });
  for (;;) {
    const lag = await library(environment.env, 'lag');
    expect(lag.stderr).toBe('');
    if (/notices\s+\S+\s+0\s/.test(lag.stdout)) break;
  }
  expect(everything.log.join('\n')).toContain('ann');
  expect(everything.log.join('\n')).not.toMatch(SECRETS);
});

test('the stream is read, and a view rebuilt by COPY, over the same', async () => {
  const events = await library(environment.env, 'events', '--type', 'BookReserved');
  expect(events).toMatchObject({ code: 0 });
  expect(events.stdout).toContain('"ann"');
  const rebuilt = await library(environment.env, 'rebuild', 'availability');
  expect(rebuilt).toMatchObject({ code: 0 });
});

describe('each mechanism lets us write and read', () => {
  const password = { KAFKA_SASL_USERNAME: USER.name, KAFKA_SASL_PASSWORD: USER.password };
  const variants: [string, () => NodeJS.ProcessEnv][] = [
    ['PLAIN', () => password],
    ['SCRAM-SHA-256', () => password],
    ['OAUTHBEARER', () => ({ KAFKA_OAUTH_MODULE: tokenModule() })],
  ];

  function tokenModule(): string {
    const file = `${servers.certificate}.cjs`;
    const text = `exports.default = async () => ({ value: '${unsignedToken()}', expiresAt: Date.now() + 600000 });`;
    writeFileSync(file, text);
    return file;
  }

  test.each(variants)('%s', async (mechanism, more) => {
    const log = logWith({ KAFKA_SASL_MECHANISM: mechanism, ...more() });
    const appender = log.createAppender();
    const record = environment.encode(event('CopyAdded', { bookId: uniqueName('b'), copyId: 'c' }));
    const [position] = await appender.append(environment.topics.reservations, [record]);
    expect(position).toMatchObject({ partition: expect.any(Number) as number });
    const bounds = await log.bounds(environment.topics.reservations);
    expect(bounds[position!.partition]!.end).toBeGreaterThan(position!.offset);
    await appender.close();
    await log.close();
  });
});

function logWith(more: NodeJS.ProcessEnv): KafkaLog {
  const { KAFKA_SASL_USERNAME: _u, KAFKA_SASL_PASSWORD: _p, ...env } = environment.env;
  return new KafkaLog(kafkaSettings(loadConfig({ ...env, ...more }), 'test'), createLogger('silent'));
}

test('nobody comes in with a wrong password, without a certificate, or without TLS', async () => {
  const right = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: USER.name };
  const wrong: NodeJS.ProcessEnv[] = [
    { ...right, KAFKA_SASL_PASSWORD: 'wrong' },
    {
      ...right,
      KAFKA_SASL_PASSWORD: USER.password,
      KAFKA_SSL_CERT_FILE: undefined,
      KAFKA_SSL_KEY_FILE: undefined,
    },
    // Nor do we talk to a broker whose certificate we do not know.
    { ...right, KAFKA_SASL_PASSWORD: USER.password, KAFKA_SSL_CA_FILE: undefined },
  ];
  for (const env of wrong) {
    const log = logWith(env);
    await expect(log.identity()).rejects.toThrow();
    await log.close();
  }
  const url = new URL(servers.databaseUrl);
  await expect(postgresAnswers(url.href)).resolves.toBe(true);
  url.searchParams.delete('sslrootcert');
  await expect(postgresAnswers(url.href)).resolves.toBe(false);
  url.searchParams.delete('sslmode');
  await expect(postgresAnswers(url.href)).resolves.toBe(false);
});
