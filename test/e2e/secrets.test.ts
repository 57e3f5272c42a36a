import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assertNoSecrets, secretsIn } from './secrets';

test('secrets are found in variables, files and URLs', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'secrets-'));
  const file = path.join(folder, 'key.pem');
  writeFileSync(file, '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n');
  const env = {
    KAFKA_SASL_PASSWORD: 'kafka-password',
    KAFKA_SASL_USERNAME: 'library-api',
    KAFKA_SSL_KEY_FILE: file,
    API_TOKENS: 'first-token=staff:anna;second-token=patron:ishmael',
    DATABASE_URL: 'postgresql://library:pg-p%40ssword@127.0.0.1:5432/library',
    NOTICE_WEBHOOK_SECRET: 'webhook-secret',
  };
  expect(secretsIn(env)).toEqual([
    'kafka-password',
    'MIGHAgEAMBMG',
    'first-token',
    'second-token',
    'pg-p@ssword',
    'webhook-secret',
  ]);
  expect(() => assertNoSecrets(['fine', 'it is webhook-secret'], env)).toThrow(
    'a secret is in the log: it is ***',
  );
  expect(() => assertNoSecrets(['library-api started'], env)).not.toThrow();
  rmSync(folder, { recursive: true });
});
