import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Compose } from '../../infra/local/compose';
import { foldersOf, projectOf } from '../local-system/settings';
import { noteContainers, readSystem, writeSystem } from '../local-system/system';
import { getImages } from './containers';
import { down, reset } from './down';
import { rollBack } from './rollback';

/** A `docker` that writes down what it is asked for, and answers what the variables say. */
const DOCKER = `#!/bin/sh
echo "$*" >> "$FAKE/asked"
[ "$ENGINE" = away ] && { echo 'Cannot connect to the Docker daemon' >&2; exit 1; }
case "$*" in
  ps*--quiet*) echo 0815 ;;
  ps*) [ -n "$CONTAINERS" ] && printf '%s\\n' "$CONTAINERS" ;;
  inspect*RestartCount*) echo 3 ;;
  'image inspect apache'*) exit 1 ;;
  pull*) echo 'no such host' >&2; exit 1 ;;
esac
exit 0
`;

let folder: string;
let output: string;
const before = { ...process.env };
const env = () => ({ LOCAL_DIR: folder, YES: '1' });
const folders = () => foldersOf({ LOCAL_DIR: folder });
const asked = () =>
  existsSync(path.join(folder, 'asked')) ? readFileSync(path.join(folder, 'asked'), 'utf8') : '';
const started = (backbone: 'compose' | 'native') =>
  writeSystem(folders(), {
    mode: { backbone, own: ['kafka', 'postgres', 'registry'] },
    project: projectOf(folders()),
    services: [],
    roles: [],
    env: {},
  });

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'containers-'));
  writeFileSync(path.join(folder, 'docker'), DOCKER);
  chmodSync(path.join(folder, 'docker'), 0o755);
  Object.assign(process.env, {
    PATH: `${folder}:${before.PATH}`,
    FAKE: folder,
    ENGINE: 'there',
    CONTAINERS: '',
  });
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...before };
  rmSync(folder, { recursive: true });
});

describe('while the engine is away', () => {
  beforeEach(() => (process.env.ENGINE = 'away'));

  test('down says that the containers are not stopped', async () => {
    started('compose');
    await expect(down(env())).rejects.toThrow(/no Docker engine .* answers: they may run.*Start the engine/s);
    expect(output).not.toContain('Stopped');
  });

  test('reset deletes nothing, neither of a system that has moved out of its containers', async () => {
    started('native');
    noteContainers(folders());
    await expect(reset(env())).rejects.toThrow('nothing was deleted.');
    expect(readSystem(folders())).toBeDefined();
  });

  test('neither minds where there never were any', async () => {
    started('native');
    await down(env());
    await reset(env());
    expect(readSystem(folders())).toBeUndefined();
  });
});

describe('containers that are there', () => {
  test('are stopped by down though they only end again and again', async () => {
    started('compose');
    process.env.CONTAINERS = 'kafka restarting';
    await down(env());
    expect(asked()).toMatch(/^compose .* down$/m);
    expect(output).toContain('Stopping the containers kafka');
  });

  test('and their volumes are found by reset, though their first start failed', async () => {
    noteContainers(folders());
    process.env.CONTAINERS = 'kafka created';
    await reset(env());
    expect(asked()).toMatch(/^compose .* down --volumes$/m);
  });

  test('and belong to another clone are left alone', async () => {
    started('native');
    process.env.CONTAINERS = 'kafka running';
    await down(env());
    await reset(env());
    expect(asked()).toBe('');
  });

  test('are counted as running while the engine restarts them, and their restarts are known', async () => {
    process.env.CONTAINERS = 'kafka restarting\npostgres exited';
    const compose = new Compose('library');
    expect(await compose.containers()).toEqual([
      { service: 'kafka', isActive: true },
      { service: 'postgres', isActive: false },
    ]);
    expect(await compose.restarts('kafka')).toBe(3);
  });

  test('are removed again where a start failed that made them, and stopped where they were stopped before', async () => {
    process.env.CONTAINERS = 'kafka running\npostgres running\nregistry running';
    const containers = [
      { service: 'postgres', isActive: false },
      { service: 'registry', isActive: true },
    ];
    await rollBack(folders(), { processes: [], containers, system: undefined }, new Compose('library'));
    expect(asked()).toMatch(/^compose .* rm --stop --force kafka$/m);
    expect(asked()).toMatch(/^compose .* stop postgres$/m);
  });
});

test('reset does not say that the data stay', async () => {
  started('compose');
  process.env.CONTAINERS = 'kafka running';
  await reset(env());
  expect(output).not.toContain('The data stay');
  expect(output).toMatch(/Deleted the local data in .* and in the volumes of the containers/);
});

test('images that are missing are announced, and one that cannot be had names the ways out', async () => {
  const getting = getImages(['kafka', 'postgres'], new AbortController().signal);
  await expect(getting).rejects.toThrow(/apache\/kafka.*docs\/docker.md.*BACKBONE=native.*no such host/s);
  expect(output).toMatch(/Getting images.*apache\/kafka/);
  expect(output).not.toContain('postgres');
});

test('reset leaves no copy of the stream behind', async () => {
  started('native');
  const { data, logs, analysis, local } = folders();
  for (const one of [data, logs, analysis]) mkdirSync(path.join(one, 'deep'), { recursive: true });
  mkdirSync(path.join(local, 'native'));
  await reset(env());
  expect([data, logs, analysis, path.join(local, 'native')].map((one) => existsSync(one))).toEqual([
    ...[false, false, false],
    true,
  ]);
});
