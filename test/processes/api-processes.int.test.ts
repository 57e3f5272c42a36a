import { Agent, request } from 'node:http';
import { freePorts } from '../../infra/local/ports';
import { httpAnswers, waitUntil } from '../../infra/local/wait';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { ApiClient } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';

const PATIENCE = { timeout: 60_000, every: 20 };

describe('an API of several processes', () => {
  let environment: TestEnvironment;
  let api: RoleProcess | undefined;

  beforeAll(async () => {
    environment = await createTestEnvironment();
  }, 120_000);

  afterEach(() => api?.kill());

  afterAll(() => environment.close());

  /** The process IDs of all that have started, in the order of their starts. */
  const startedIn = (role: RoleProcess) =>
    role.log
      .filter((line) => line.includes('"msg":"started"'))
      .map((line) => (JSON.parse(line) as { pid: number }).pid);

  async function start(processes: number): Promise<RoleProcess> {
    const [port] = await freePorts(1);
    const env = { ...environment.env, HTTP_PORT: String(port), API_PROCESSES: String(processes) };
    const role = (api = await RoleProcess.start(['api'], env));
    await waitUntil(() => startedIn(role).length === processes, {
      ...PATIENCE,
      what: 'not all of them started',
    });
    return role;
  }

  /** The status of a write over a connection of its own, which goes to any of the processes. */
  function write(url: string, bookId: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const agent = new Agent();
      const headers = { 'content-type': 'application/json' };
      const sent = request(`${url}/v1/books/${bookId}`, { method: 'PUT', agent, headers }, (answer) => {
        answer.resume().once('end', () => {
          agent.destroy();
          resolve(answer.statusCode!);
        });
      });
      sent.once('error', reject).end('{"title":"One of many"}');
    });
  }

  async function writesCounted(url: string): Promise<number> {
    const { body } = await new ApiClient(() => url).get<string>('/metrics');
    const counts = body.matchAll(/^http_request_duration_seconds_count\{.*method="PUT".*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  const isRunning = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  test('shares a port, sums its figures, and is whole again after a process was killed', async () => {
    const role = await start(2);
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, nth) => write(role.url, `b${nth}`)));
    expect(new Set(statuses)).toEqual(new Set([202]));
    // Whichever of them is asked.
    for (let time = 0; time < 4; time += 1) expect(await writesCounted(role.url)).toBe(20);

    const [killed, other] = startedIn(role);
    process.kill(killed!, 'SIGKILL');
    await waitUntil(() => startedIn(role).length === 3, { ...PATIENCE, what: 'it was not started again' });
    expect(await write(role.url, 'after')).toBe(202);
    expect(isRunning(other!)).toBe(true);

    expect(await role.stop()).toBe(0);
    expect(startedIn(role).filter(isRunning)).toEqual([]);
    expect(role.log.filter((line) => line.includes('"level":"fatal"'))).toEqual([]);
  }, 120_000);

  test('leaves nothing behind when the process that watches over it is killed', async () => {
    const role = await start(2);
    await role.kill('SIGKILL');
    await waitUntil(() => startedIn(role).every((pid) => !isRunning(pid)), {
      ...PATIENCE,
      what: 'a process was left',
    });
    expect(await httpAnswers(`${role.url}/livez`)).toBe(false);
  }, 120_000);

  test('that cannot be started says why once, and ends', async () => {
    const role = (api = RoleProcess.spawn(['api'], {
      ...environment.env,
      API_PROCESSES: '2',
      HTTP_PORT: new URL(environment.env['SCHEMA_REGISTRY_URL']!).port,
    }));
    expect(await role.ended()).toBe(1);
    expect(role.log.join('\n')).toContain('is in use by another program');
    const monolith = (api = RoleProcess.spawn([], { ...environment.env, API_PROCESSES: '2' }));
    expect(await monolith.ended()).toBe(1);
    expect(monolith.log.join('\n')).toContain('API_PROCESSES is for an API alone');
  }, 120_000);
});
