import { writeFileSync } from 'node:fs';
import { loadConfig } from '../../app/config';
import { PRINCIPALS } from '../../app/rights/rights';
import { kafkaSettings } from '../../infra/kafka/client';
import { KafkaLog } from '../../infra/kafka/kafka-log';
import { createLogger } from '../../infra/logger';
import { postgresAnswers } from '../../infra/postgres/admin';
import { ROLES, type Role } from '../../app/roles/roles';
import { WAIT } from '../e2e/api-client';
import { LendingDesk } from '../e2e/lending/desk';
import { lendingTests } from '../e2e/lending/lending';
import { readingTests } from '../e2e/lending/reading';
import { reservationTests } from '../e2e/lending/reserving';
import { library } from '../cli';
import { event } from '../environment';
import { RoleProcess } from '../e2e/role-process';
import { uniqueName } from '../servers';
import { kafkaRefusalTests, tableRefusalTests } from './refusals';
import { secureSystem, type SecureSystem } from './secure-system';
import { startSecureServers, type SecureServers } from './secure-servers';

let servers: SecureServers;
let system: SecureSystem;
const desk = new LendingDesk();

beforeAll(async () => {
  servers = await startSecureServers();
  system = await secureSystem(servers);
  await desk.startIn(
    system.environment,
    ROLES.map((role) => [role]),
    ([role]) => system.credentials(role as Role),
  );
}, 180_000);

afterAll(async () => {
  await desk.stop();
  await system?.close();
  await servers?.close();
});

/** All that any of the processes has said. */
const said = () => desk.processes.flatMap(({ log }) => log).join('\n');

describe('the lending desk, with each role as a user of its own', () => {
  reservationTests(desk);
  lendingTests(desk);
  readingTests(desk);
});

test('all roles write, project, read and notify over encrypted connections, also where brokers want them to sign in again', async () => {
  const bookId = await desk.bookWithCopies('c1');
  const reserved = await desk.reserve(bookId, 'ann');
  expect(reserved.body).toMatchObject({ status: 'ready', copyId: 'c1' });
  const signedIn = Date.now();
  // Whoever is let in for twelve seconds signs in again when ten are left.
  let last = reserved;
  for (let reader = 1; Date.now() - signedIn < 4_000; reader += 1)
    last = await desk.reserve(bookId, `reader-${reader}`, WAIT);
  expect(last.body).toMatchObject({ status: 'waiting' });
  for (;;) {
    const lag = await system.library('lag');
    expect(lag.stderr).toBe('');
    if (/notices\s+\S+\s+0\s/.test(lag.stdout)) break;
  }
  expect(said()).toContain('"ann"');
});

test('each command works as the principal that it is for', async () => {
  const commands: [string, string, ...string[]][] = [
    ['"ann"', 'events', '--type', 'BookReserved'],
    [
      'n',
      'sql',
      "SELECT count(*) AS n FROM events JOIN reservations USING (reservationId) WHERE events.userId = 'ann'",
    ],
    ['', 'dead-letters', 'list'],
    // Tables of their own, by COPY; the one is swapped in.
    ['', 'rebuild', 'availability'],
    ['', 'as-of', '@-0s', '--schema', 'that_time'],
  ];
  const run = async ([expected, command, ...args]: [string, string, ...string[]]) => {
    const done = await system.library(command, ...args);
    expect([command, done.code, done.stderr]).toEqual([command, 0, done.stderr]);
    expect(done.stdout).toContain(expected);
  };
  await Promise.all(commands.map(run));
  // It waits for no replay.
  await run(['Forgotten', 'forget', 'ann']);
}, 120_000);

test('the secrets are in no log', () => {
  const secrets = Object.values(servers.passwords).flatMap((users: Record<string, string>) =>
    Object.values(users),
  );
  expect(secrets).toHaveLength(PRINCIPALS.length + 7);
  const log = said();
  for (const secret of secrets) expect(log).not.toContain(secret);
});

describe('each mechanism lets us write and read', () => {
  const password = () => {
    const { KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = system.credentials('operator');
    return { KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD };
  };
  const variants: [string, () => NodeJS.ProcessEnv][] = [
    ['PLAIN', password],
    ['SCRAM-SHA-256', password],
    ['OAUTHBEARER', () => ({ KAFKA_OAUTH_MODULE: tokenModule() })],
  ];

  function tokenModule(): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1_000);
    const claims = { sub: 'library-operator', iat: now, exp: now + 600 };
    const token = `${part({ alg: 'none' })}.${part(claims)}.`;
    const file = `${servers.files.certificate}.cjs`;
    const text = `exports.default = async () => ({ value: '${token}', expiresAt: Date.now() + 600000 });`;
    writeFileSync(file, text);
    return file;
  }

  test.each(variants)('%s', async (mechanism, more) => {
    const { environment } = system;
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
  const { KAFKA_SASL_USERNAME: _u, KAFKA_SASL_PASSWORD: _p, ...env } = system.environment.env;
  return new KafkaLog(kafkaSettings(loadConfig({ ...env, ...more }), 'test'), createLogger('silent'));
}

test('nobody comes in with a wrong password, without a certificate, or without TLS', async () => {
  const { KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = system.credentials('operator');
  const right = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME };
  const wrong: NodeJS.ProcessEnv[] = [
    { ...right, KAFKA_SASL_PASSWORD: 'wrong' },
    { ...right, KAFKA_SASL_PASSWORD, KAFKA_SSL_CERT_FILE: undefined, KAFKA_SSL_KEY_FILE: undefined },
    // Nor do we talk to a broker whose certificate we do not know.
    { ...right, KAFKA_SASL_PASSWORD, KAFKA_SSL_CA_FILE: undefined },
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

test('a role and a command that have a wrong password end, and say what to check', async () => {
  const advice =
    'Kafka does not let this user in: .*Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD';
  for (const role of ['api', 'availability'] as const) {
    const env = { ...system.environment.env, ...system.credentials(role), KAFKA_SASL_PASSWORD: 'wrong' };
    await expect(RoleProcess.start([role], env)).rejects.toThrow(new RegExp(advice));
  }
  const env = { ...system.environment.env, ...system.credentials('operator'), KAFKA_SASL_PASSWORD: 'wrong' };
  const { code, stderr } = await library(env, 'events');
  expect([code, stderr]).toEqual([1, expect.stringMatching(advice)]);
});

const current = () => ({ servers, system });
kafkaRefusalTests(current);
tableRefusalTests(current);
