import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { foldersOf } from '../local-system/settings';
import { withRunningSystem, writeSystem, type System } from '../local-system/system';
import { describeChanges, settingsOf } from './kept-settings';
import { exportsOf } from './print-environment';

const OWN = {
  KAFKA_BROKERS: '127.0.0.1:19092',
  DATABASE_URL: 'postgresql://library:library@127.0.0.1:15433/library',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:18081/apis/ccompat/v7',
};
const system = (settings: Record<string, string>, fromDotEnv: string[] = []): System => ({
  mode: { backbone: 'native', own: ['kafka', 'postgres', 'registry'] },
  project: 'library',
  services: [],
  roles: [{ name: 'api', url: 'http://127.0.0.1:3000' }],
  env: { ...OWN, HTTP_PORT: '3000' },
  settings,
  fromDotEnv,
});

const TLS = { KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: '/data/certificate.pem' };
const as = (user: string) => ({
  KAFKA_SASL_USERNAME: `library-${user}`,
  DATABASE_URL: `postgresql://library_${user}:secret@127.0.0.1:15433/library`,
});
const secureSystem = (): System => {
  const { env, ...rest } = system({ SECURE: '1' });
  return {
    ...rest,
    env: { ...env, ...TLS },
    credentials: { analyst: as('analyst'), operator: as('operator') },
  };
};
/** What a shell has after `eval "$(make -s env)"`. */
const exportsIn = (of: System): Record<string, string> =>
  Object.fromEntries(
    exportsOf(of).map((line) => {
      const [, name = '', value = ''] = /^export (\w+)='(.*)'$/.exec(line) ?? [];
      return [name, value] as const;
    }),
  );

describe('the settings of make up', () => {
  test('are those of the environment, else of .env, else of the last make up', () => {
    const before = system({ PICKUP_WINDOW: '1d', LOG_LEVEL: 'warn', HTTP_PORT: '4000' });
    const { settings, kept, fromDotEnv } = settingsOf({
      env: { PICKUP_WINDOW: '2d', TERM: 'xterm' },
      dotEnv: { PICKUP_WINDOW: '3d', LOG_LEVEL: 'debug' },
      before,
    });
    expect(settings).toEqual({ PICKUP_WINDOW: '2d', LOG_LEVEL: 'debug', HTTP_PORT: '4000' });
    expect([kept, fromDotEnv]).toEqual([['HTTP_PORT'], ['LOG_LEVEL']]);
  });

  test('no longer hold what has been taken out of .env, and nothing old with KEEP=no', () => {
    const before = system({ PICKUP_WINDOW: '1d', HTTP_PORT: '4000' }, ['PICKUP_WINDOW']);
    expect(settingsOf({ env: {}, dotEnv: {}, before }).settings).toEqual({ HTTP_PORT: '4000' });
    expect(settingsOf({ env: { KEEP: 'no' }, dotEnv: {}, before }).settings).toEqual({});
  });

  test('do not make our servers external, where a shell has their addresses from make env', () => {
    const before = system({});
    expect(settingsOf({ env: OWN, dotEnv: {}, before }).env).not.toHaveProperty('KAFKA_BROKERS');
    const other = settingsOf({ env: { ...OWN, KAFKA_BROKERS: 'kafka-1:9092' }, dotEnv: {}, before });
    expect(other.settings).toEqual({ KAFKA_BROKERS: 'kafka-1:9092' });
  });

  test('are as before where a shell has all that make env exports of a secure system', () => {
    const before = secureSystem();
    const shell = exportsIn(before);
    expect(settingsOf({ env: shell, dotEnv: {}, before }).settings).toEqual({ SECURE: '1' });
    const plain = settingsOf({ env: { ...shell, SECURE: '0' }, dotEnv: {}, before });
    expect(plain.settings).toEqual({ SECURE: '0' });
  });

  test('that make the servers others say where the data of before are', () => {
    const [, advice] = describeChanges({ SECURE: '1' }, { SECURE: '0' });
    expect(advice).toContain('make up SECURE=1 goes on with them');
    expect(describeChanges({}, { SECURE: 'true' })[1]).toContain('make up SECURE=0 goes on with them');
    expect(describeChanges({ SECURE: '1' }, { SECURE: 'true' })).toEqual(['SECURE is true now, and was 1']);
  });

  test('are compared with those before, and secrets are not shown', () => {
    const before = { PICKUP_WINDOW: '7d', API_TOKENS: 'one=staff:a', RATE_LIMIT: '5' };
    const now = { PICKUP_WINDOW: '1d', API_TOKENS: 'two=staff:a', HTTP_PORT: '4000' };
    expect(describeChanges(before, now)).toEqual([
      'API_TOKENS has changed',
      'HTTP_PORT is 4000 now',
      'PICKUP_WINDOW is 1d now, and was 7d',
      'RATE_LIMIT is no longer set',
    ]);
    expect(describeChanges(now, now)).toEqual([]);
  });
});

test('make env prints what a shell can read: addresses, and how clients reach them', () => {
  const lines = exportsOf(system({ KAFKA_SASL_PASSWORD: "it's", TOPIC_PREFIX: 'city', LOG_LEVEL: 'warn' }));
  expect(lines).toEqual([
    `export KAFKA_SASL_PASSWORD='it'\\''s'`,
    `export TOPIC_PREFIX='city'`,
    ...Object.entries(OWN).map(([name, value]) => `export ${name}='${value}'`),
    `export API='http://127.0.0.1:3000'`,
  ]);
});

test('where each process is a user of its own, make env makes the shell the analyst, and commands stay who they are', () => {
  const LOCAL_DIR = mkdtempSync(path.join(tmpdir(), 'kept-'));
  const shell: Record<string, string> = { LOCAL_DIR, ...exportsIn(secureSystem()) };
  expect(shell).toMatchObject({ ...TLS, ...as('analyst') });
  writeSystem(foldersOf({ LOCAL_DIR }), secureSystem());
  expect(withRunningSystem(shell, 'operator')).toMatchObject({ ...TLS, ...as('operator') });
  const other = { ...shell, KAFKA_SASL_USERNAME: 'library-auditor' };
  expect(withRunningSystem(other, 'operator')).toMatchObject({ KAFKA_SASL_USERNAME: 'library-auditor' });
  rmSync(LOCAL_DIR, { recursive: true });
});
