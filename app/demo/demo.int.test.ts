import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../../test/e2e/api-client';
import { RoleProcess } from '../../test/e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../../test/environment';
import { foldersOf } from '../local-system/settings';
import { writeSystem } from '../local-system/system';

const DEMO = join(__dirname, '../../dist/app/demo/main.js');
const FEW = ['--books', '20', '--reservations', '60'];

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the demo as `make demo` does. @param interruptAt the output after which it gets a SIGINT */
async function demo(port: string, args: readonly string[], interruptAt?: RegExp, more = {}): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HTTP_PORT: port, ...more };
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

describe('make demo and the walk', () => {
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

  test('the walk of the manual goes from a book on the shelf to one that waits for its next reader', async () => {
    const env = { PATH: process.env['PATH'], API: monolith.url };
    const child = spawn('sh', [join(__dirname, '../../docs/walk.sh')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(code).toBe(0);
    const answers = output
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as object] : []));
    const [, copy, receipt, again, book, second, , stranger, loan, away, back, returned, hers] = answers;
    expect(copy).toMatchObject({ status: 'available' });
    expect(again).toMatchObject({
      status: 'accepted',
      reservationId: Object(receipt).reservationId as string,
    });
    expect(book).toMatchObject({ copies: { total: 1, reserved: 1 } });
    expect(second).toMatchObject({ status: 'waiting', queuePosition: 1 });
    expect(stranger).toMatchObject({ status: 409, code: 'copy-set-aside' });
    expect(loan).toMatchObject({ status: 'on-loan', userId: 'ishmael' });
    expect([away, back]).toMatchObject([{ suspended: true }, { suspended: false }]);
    expect([returned, hers]).toMatchObject([{ status: 'reserved' }, { status: 'ready', userId: 'queequeg' }]);
    const told = output.split('\n').flatMap((line) => /^event: (.*)/.exec(line)?.[1] ?? []);
    expect(told.slice(0, 3)).toEqual(['ReservationReady', 'ReservationWaitlisted', 'ReservationFulfilled']);
    expect(told.at(-1)).toBe('ReservationReady');
  });

  test('writes nothing into what answers at the address of our API while that is down, nor into another program', async () => {
    const LOCAL_DIR = mkdtempSync(join(tmpdir(), 'demo-'));
    const own = { mode: { backbone: 'native', own: [] }, project: 'test', services: [], roles: [] } as const;
    writeSystem(foldersOf({ LOCAL_DIR }), { ...own, env: { HTTP_PORT: port } });
    const down = await demo(port, FEW, undefined, { LOCAL_DIR });
    expect(down).toMatchObject({
      code: 1,
      output: expect.stringContaining('The API of this system is down'),
    });
    const nothing = await demo(port, FEW, undefined, {
      LOCAL_DIR: `${LOCAL_DIR}/none`,
      HTTP_PORT: undefined,
    });
    expect(nothing).toMatchObject({ code: 1, output: expect.stringContaining('Nothing was started here') });
    rmSync(LOCAL_DIR, { recursive: true });
    const other = createServer((_, response) => response.end('{"info":{"title":"Pets"}}')).listen(0);
    const foreign = await demo(String((other.address() as AddressInfo).port), FEW);
    other.close();
    expect(foreign).toMatchObject({ code: 1, output: expect.stringContaining('is not this API') });
  });
});
