import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts, holdersOf } from './ports';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());

test('the program that listens on a port is named with its process', async () => {
  const [free = 0] = await freePorts(1);
  const holders = await holdersOf([port, free]);
  expect(holders.get(port)).toContain(`(process ${process.pid})`);
  expect(holders.has(free)).toBe(false);
});

/** Below those that the system gives to other tests' servers. */
const base = 20_000 + (process.pid % 10_000);

/** What `make up` says before it installs anything. */
function obstacles(env: Readonly<Record<string, string>>): string[] {
  const script = `import(process.argv[1]).then(async ({ obstacles }) => console.log(JSON.stringify(await obstacles('/nowhere', process.env, () => []))))`;
  const file = path.join(__dirname, 'prerequisites.mjs');
  const ports = { KAFKA_PORT: String(base), POSTGRES_PORT: String(base), REGISTRY_PORT: String(base) };
  const all = { PATH: '/nowhere', OPS_PORT_BASE: String(base), HTTP_PORT: String(base), ...ports, ...env };
  const { stdout } = spawnSync(process.execPath, ['-e', script, file], { env: all, encoding: 'utf8' });
  return JSON.parse(stdout) as string[];
}

test('all that is missing and in the way is told at once', () => {
  const found = obstacles({ BACKBONE: 'native', HTTP_PORT: String(port) });
  expect(found).toEqual([
    expect.stringMatching(/Java 21 or newer, and none was found here: .*Python with pip.*Docker engine/),
    expect.stringMatching(/tar or by Maven \(mvn\), and neither is here/),
    expect.stringMatching(`^Port ${port} is in use by .*process ${process.pid}.*HTTP_PORT=`),
  ]);
});

describe('native servers', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'prerequisites-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const program = (name: string, text = '') => {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(path.join(folder, name), 0o755);
  };
  const java = (version: string) => program('java', `echo 'openjdk version "${version}"' >&2`);
  const python = (pip: boolean) => program('python3', `test "$*" = "-m pip --version" && ${pip}`);
  const lacking = () => obstacles({ BACKBONE: 'native', PATH: folder });

  test('need no Java where pip gets one, and no Maven', () => {
    java('17.0.15');
    python(true);
    program('tar');
    expect(lacking()).toEqual([]);
  });

  test('need no Python where there is a Java that is new enough, and no tar where Maven unpacks', () => {
    java('21.0.7');
    program('mvn');
    expect(lacking()).toEqual([]);
  });

  test('need one of the two: neither an older Java nor a Python without pip will do', () => {
    java('17.0.15');
    python(false);
    program('tar');
    expect(lacking()).toEqual([expect.stringContaining('Java 21 or newer')]);
  });
});

test('servers of somebody else need neither Java nor Maven, nor ports', () => {
  const named = {
    KAFKA_BROKERS: 'k:9092',
    DATABASE_URL: 'postgresql://h/d',
    SCHEMA_REGISTRY_URL: 'http://r:8081',
  };
  expect(obstacles({ ...named, KAFKA_PORT: String(port) })).toEqual([]);
});
