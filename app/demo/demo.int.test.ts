import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ApiClient } from '../../test/e2e/api-client';
import { RoleProcess } from '../../test/e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../../test/environment';

const DEMO = join(__dirname, '../../dist/app/demo/main.js');
const FEW = ['--books', '20', '--reservations', '60'];

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the demo as `make demo` does. @param interruptAt the output after which it gets a SIGINT */
async function demo(port: string, args: readonly string[], interruptAt?: RegExp): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HTTP_PORT: port };
  const child = spawn(process.execPath, [DEMO, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    if (!interruptAt?.test(output)) return;
    interruptAt = undefined;
    child.kill('SIGINT');
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('make demo', () => {
  let environment: TestEnvironment;
  let monolith: RoleProcess;
  let port: string;

  beforeAll(async () => {
    environment = await createTestEnvironment();
    monolith = await RoleProcess.start([], environment.env);
    port = new URL(monolith.url).port;
  });

  afterAll(async () => {
    await monolith.stop();
    await environment.close();
  });

  async function reservations(): Promise<string[]> {
    const api = new ApiClient(() => monolith.url);
    const { body } = await api.get<{ items: { reservationId: string; status: string }[] }>(
      '/v1/books/11/reservations?limit=200',
    );
    return body.items.map(({ reservationId, status }) => `${reservationId} ${status}`);
  }

  test('loads, replays and prints a report; a second run changes nothing', async () => {
    const first = await demo(port, FEW);
    expect(first).toMatchObject({ code: 0 });
    expect(first.output).toContain('60 accepted');
    expect(first.output).toContain('The library now has 20 books');
    expect(first.output).toContain('409 already-reserved');
    const before = await reservations();
    expect(before).not.toEqual([]);
    const second = await demo(port, FEW);
    expect(second).toMatchObject({ code: 0 });
    expect(second.output).toContain('changes nothing');
    expect(await reservations()).toEqual(before);
  });

  test('replays at a pace, where one is asked for', async () => {
    const { code, output } = await demo(port, ['--books', '20', '--reservations', '20', '--rate', '40']);
    expect(output).toContain('/stream');
    expect(code).toBe(0);
  });

  test('ends with 130 when it is interrupted', async () => {
    expect(await demo(port, [], /Books and copies/)).toMatchObject({
      code: 130,
      output: expect.stringContaining('Interrupted'),
    });
  });

  test('prints what to do when the API is unreachable, and the usage when the call is wrong', async () => {
    expect(await demo('1', FEW)).toMatchObject({ code: 1, output: expect.stringContaining('make up') });
    expect(await demo('1', ['--books', 'many'])).toMatchObject({ code: 2 });
  });
});
