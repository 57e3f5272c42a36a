import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { v4 as uuidv4 } from 'uuid';
import { up } from './up';

test.each([
  [{ NOTICE_CHANNEL: 'webhook' }, 'NOTICE_WEBHOOK_URL'],
  [{ NOTICE_CHANNEL: 'smtp' }, 'NOTICE_SMTP_URL'],
  [{ HTTP_HOST: '0.0.0.0' }, 'AUTH'],
  [{ KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL'],
  [{ SCHEMA_REGISTRY_USERNAME: 'library' }, 'SCHEMA_REGISTRY_PASSWORD'],
])('%p, with which a role would not start, is refused before anything is touched', async (env, named) => {
  const LOCAL_DIR = path.join(tmpdir(), `up-${uuidv4()}`);
  await expect(up(new AbortController().signal, { LOCAL_DIR, ...env })).rejects.toThrow(named);
  expect(existsSync(LOCAL_DIR)).toBe(false);
});
