import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readDotEnv } from './dot-env';
import { withDotEnv } from './system';

test('.env is read where it is, and the environment has precedence', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dot-env-'));
  expect(readDotEnv(folder)).toEqual({});
  writeFileSync(path.join(folder, '.env'), '# ours\nPICKUP_WINDOW=1d\nNOTICE_FROM="Library <a@b>"\n');
  const dotEnv = readDotEnv(folder);
  rmSync(folder, { recursive: true });
  expect(dotEnv).toEqual({ PICKUP_WINDOW: '1d', NOTICE_FROM: 'Library <a@b>' });
  expect(withDotEnv({ PICKUP_WINDOW: '2d', LOG_LEVEL: undefined }, dotEnv)).toEqual({
    ...dotEnv,
    PICKUP_WINDOW: '2d',
  });
});
