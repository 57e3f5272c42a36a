import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../infra/local/ports';
import { foldersOf } from '../local-system/settings';
import { writeSystem } from '../local-system/system';
import { status } from './status';

jest.mock('../terminal/print', () => ({
  ...jest.requireActual<object>('../terminal/print'),
  print: jest.fn(),
}));

test('status fails where nothing was started, and where what was started is down', async () => {
  const LOCAL_DIR = mkdtempSync(path.join(tmpdir(), 'status-'));
  expect(await status({ LOCAL_DIR })).toBe(1);
  const [port] = await freePorts(1);
  writeSystem(foldersOf({ LOCAL_DIR }), {
    mode: { backbone: 'native', own: ['kafka', 'postgres', 'registry'] },
    project: 'test',
    services: [],
    roles: [{ name: 'api', url: `http://127.0.0.1:${port}` }],
    env: { KAFKA_BROKERS: `127.0.0.1:${port}`, DATABASE_URL: `postgresql://a:b@127.0.0.1:${port}/c` },
  });
  expect(await status({ LOCAL_DIR })).toBe(1);
  rmSync(LOCAL_DIR, { recursive: true });
});
