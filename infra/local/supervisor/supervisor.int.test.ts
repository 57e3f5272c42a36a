import { transformFileSync } from '@swc/core';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Client from './client';
import { readState, type SupervisorFolders } from './files';
import { isRunning, type ProcessId } from './identity';
import type { ProcessSpec } from './spec';

/** A supervisor is a process of its own, and so needs JavaScript files. */
function compile(folder: string): typeof Client {
  mkdirSync(folder);
  for (const name of readdirSync(__dirname).filter((file) => /^[a-z]+\.ts$/.test(file))) {
    const options = {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'commonjs' },
    } as const;
    const { code } = transformFileSync(path.join(__dirname, name), options);
    writeFileSync(path.join(folder, name.replace(/\.ts$/, '.js')), code);
  }
  return createRequire(__filename)(path.join(folder, 'client.js')) as typeof Client;
}

describe('a supervisor', () => {
  let root: string;
  let folders: SupervisorFolders;
  let client: typeof Client;

  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'supervisor-'));
    folders = { run: path.join(root, 'run'), logs: path.join(root, 'logs') };
    client = compile(path.join(root, 'code'));
  });
  afterEach(() => client.stopAll(folders));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** A process that writes to the file `order` when it is stopped. */
  function spec(name: string, kind: ProcessSpec['kind'], fingerprint = '1'): ProcessSpec {
    const note = (what: string) => `require('fs').appendFileSync('order', '${what} ${name}\\n')`;
    const script = `process.on('SIGTERM', () => { ${note('stopped')}; process.exit(0) }); console.log('ready'); setInterval(() => {}, 1e6)`;
    const args = ['-e', script];
    const timeouts = { stopSignal: 'SIGTERM', stopTimeout: 5_000 } as const;
    return {
      name,
      kind,
      group: name,
      command: process.execPath,
      args,
      cwd: root,
      env: {},
      ports: [],
      ...timeouts,
      fingerprint,
    };
  }

  const processOf = (name: string): ProcessId | undefined =>
    client.observe(folders).processes.find(({ spec }) => spec.name === name)?.process ?? undefined;

  async function until<T>(get: () => T | undefined | false): Promise<T> {
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
      const value = get();
      if (value) return value;
    }
    throw new Error('It did not come about');
  }

  /** Resolves when the process has set its signal handlers up. */
  async function settled(name: string, times = 1): Promise<void> {
    await until(
      () => readFileSync(path.join(folders.logs, `${name}.log`), 'utf8').split('\nready\n').length > times,
    );
  }

  test('moves a large log away while its process runs, which writes on', async () => {
    const script = `process.stdout.write('x'.repeat(2.2e7), () => setInterval(() => console.log('later'), 50))`;
    await client.supervise(folders, [{ ...spec('chatty', 'role'), args: ['-e', script] }]);
    const log = path.join(folders.logs, 'chatty.log');
    await until(() => existsSync(`${log}.1`) && readFileSync(log, 'utf8').includes('later'));
    expect(statSync(`${log}.1`).size).toBeGreaterThan(2.1e7);
    expect(statSync(log).size).toBeLessThan(1e6);
  });

  test('starts a process again that was killed, and counts it', async () => {
    await client.supervise(folders, [spec('one', 'role')]);
    const first = await until(() => processOf('one'));
    process.kill(first.pid, 'SIGKILL');
    const second = await until(() => processOf('one')?.pid !== first.pid && processOf('one'));
    expect(isRunning(second)).toBe(true);
    expect(readState(folders)?.processes).toMatchObject([{ restarts: 1, lastEnd: 'signal SIGKILL' }]);
  });

  test('leaves its processes running when it is killed, and the next one takes them over', async () => {
    const specs = [spec('one', 'role')];
    await client.supervise(folders, specs);
    const running = await until(() => processOf('one'));
    process.kill(readState(folders)?.supervisor.pid ?? 0, 'SIGKILL');
    await until(() => !client.observe(folders).supervised);
    expect(isRunning(running)).toBe(true);

    await client.supervise(folders, specs);
    expect(processOf('one')).toEqual(running);
    process.kill(running.pid, 'SIGKILL');
    const next = await until(() => processOf('one')?.pid !== running.pid && processOf('one'));
    expect(isRunning(next)).toBe(true);
  });

  test('does not restart unchanged processes, replaces changed ones, and stops those that are not in the plan', async () => {
    await client.supervise(folders, [spec('same', 'role'), spec('other', 'role'), spec('gone', 'role')]);
    const [same, other, gone] = ['same', 'other', 'gone'].map(processOf);
    await client.supervise(folders, [spec('same', 'role'), spec('other', 'role', '2')]);
    expect(processOf('same')).toEqual(same);
    expect(processOf('other')?.pid).not.toBe(other?.pid);
    expect([isRunning(other), isRunning(gone)]).toEqual([false, false]);
  });

  test('stops the roles before the services, the last service first, and leaves no process', async () => {
    rmSync(path.join(root, 'order'), { force: true });
    await client.supervise(folders, [spec('s1', 'service'), spec('s2', 'service'), spec('r1', 'role')]);
    await Promise.all(['s1', 's2', 'r1'].map((name) => settled(name)));
    const pids = ['s1', 's2', 'r1'].map(processOf);
    const supervisor = readState(folders)?.supervisor;
    await client.stopAll(folders);
    expect(readFileSync(path.join(root, 'order'), 'utf8')).toBe('stopped r1\nstopped s2\nstopped s1\n');
    expect([...pids, supervisor].map(isRunning)).toEqual([false, false, false, false]);
  });

  test('stops the processes of a killed supervisor', async () => {
    await client.supervise(folders, [spec('one', 'service')]);
    const running = await until(() => processOf('one'));
    process.kill(readState(folders)?.supervisor.pid ?? 0, 'SIGKILL');
    await until(() => !client.observe(folders).supervised);
    await client.stopAll(folders);
    expect(isRunning(running)).toBe(false);
  });

  test('does not take over another process that has the pid of a former one', async () => {
    await client.supervise(folders, [spec('one', 'role')]);
    await client.stopAll(folders);
    const stranger = { pid: process.pid, started: 'before the last boot' };
    const state = { spec: spec('one', 'role'), process: stranger, startedAt: 0, restarts: 0, lastEnd: null };
    mkdirSync(folders.run, { recursive: true });
    writeFileSync(
      path.join(folders.run, 'plan.json'),
      JSON.stringify({ id: 'old', processes: [spec('one', 'role')] }),
    );
    writeFileSync(
      path.join(folders.run, 'state.json'),
      JSON.stringify({ supervisor: stranger, version: '', plan: 'old', processes: [state] }),
    );
    await client.supervise(folders, [spec('one', 'role')]);
    expect(processOf('one')?.pid).not.toBe(process.pid);
  });

  test('records in the state why a program could not be started', async () => {
    await client.supervise(folders, [{ ...spec('none', 'role'), command: '/nowhere/at-all' }]);
    const state = await until(() => readState(folders)?.processes.find(({ lastEnd }) => lastEnd));
    expect(state).toMatchObject({ process: null, lastEnd: expect.stringContaining('ENOENT') });
  });
});
