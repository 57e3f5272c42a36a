import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../infra/local/ports';
import { httpAnswers, waitUntil } from '../../infra/local/wait';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { ApiClient, WAIT } from '../e2e/api-client';
import { RoleProcess } from '../e2e/role-process';
import { TcpProxy } from '../tcp-proxy';

describe('a process that is told to end', () => {
  let environment: TestEnvironment;
  let role: RoleProcess | undefined;

  beforeAll(async () => {
    environment = await createTestEnvironment();
  }, 120_000);

  afterEach(() => role?.kill());

  afterAll(() => environment.close());

  const start = async (roles: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    (role = await RoleProcess.start(roles, { ...environment.env, ...env }));

  /** A request whose body never arrives in full. */
  async function sendHalfOf(url: string): Promise<Socket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('PUT /v1/books/b HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
    socket.write('content-length: 100\r\n\r\n{"title":');
    return socket;
  }

  test('ends well within SHUTDOWN_TIMEOUT, though a request does not', async () => {
    const api = await start(['api'], { SHUTDOWN_TIMEOUT: '4s' });
    const socket = await sendHalfOf(api.url);
    expect(await api.stop()).toBe(0);
    expect(api.log.join('\n')).not.toContain('could not be finished');
    socket.destroy();
  });

  test('goes on serving for SHUTDOWN_DELAY as not ready, and a second signal ends it at once', async () => {
    const running = await start(['api', 'availability'], { SHUTDOWN_DELAY: '5m' });
    const client = new ApiClient(() => running.url);
    expect((await client.get('/readyz')).status).toBe(200);
    const stopped = running.stop();
    await waitUntil(async () => (await client.get('/readyz')).status === 503, {
      what: 'it did not become unready',
      timeout: 20_000,
    });
    const { body } = await client.get<{ checks: object }>('/readyz');
    expect(body.checks).toMatchObject({ shutdown: { status: 'down' }, kafka: { status: 'up' } });
    const served = await client.put('/v1/books/late', { title: 'Late' }, WAIT);
    expect(served.status).toBe(200);
    const begin = performance.now();
    expect(await running.kill('SIGINT')).toBe(130);
    expect(await stopped).toBe(130);
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  test('one more signal within a moment is the same Ctrl-C, which npm passes on', async () => {
    const interrupted = await start(['api']);
    process.kill(interrupted.pid, 'SIGINT');
    expect(await interrupted.kill('SIGINT')).toBe(130);
    await expect(fetch(interrupted.url)).rejects.toThrow();
  });

  test('at any moment of its start it ends soon, without an error, and leaves nothing behind', async () => {
    const [port] = await freePorts(1);
    // A member of a group that was left behind would hold up the next one for so long.
    const monolith = { ...environment.env, HTTP_PORT: String(port), KAFKA_SESSION_TIMEOUT: '5m' };
    const begin = performance.now();
    role = RoleProcess.spawn([], monolith);
    await waitUntil(() => role!.url !== '', { what: 'it did not start', timeout: 60_000, every: 10 });
    const whole = performance.now() - begin;
    await role.stop();
    const moments = 5;
    for (let moment = 1; moment <= moments; moment += 1) {
      role = RoleProcess.spawn([], monolith);
      await delay((whole * moment) / moments);
      const told = performance.now();
      const code = await role.stop();
      // Before the first line of ours has run, Node ends by the signal.
      if (code !== null) expect([moment, code]).toEqual([moment, 0]);
      expect(performance.now() - told).toBeLessThan(10_000);
      expect(role.log.filter((line) => /"level":"(error|fatal)"|^\s+at /.test(line))).toEqual([]);
      expect(await httpAnswers(`http://127.0.0.1:${port}/livez`)).toBe(false);
    }
    const { url } = await start([], monolith);
    const answer = await new ApiClient(() => url).put('/v1/books/after', { title: 'After' }, WAIT);
    expect(answer.status).toBe(200);
    expect(await role.stop()).toBe(0);
  }, 400_000);

  test('while Kafka is away it ends as soon', async () => {
    const [port] = await freePorts(1);
    role = RoleProcess.spawn([], { ...environment.env, KAFKA_BROKERS: `127.0.0.1:${port}` });
    await waitUntil(() => role!.log.some((line) => line.includes('ECONNREFUSED')), {
      what: 'Kafka was not asked',
      timeout: 30_000,
      every: 10,
    });
    expect(await role.stop()).toBe(0);
  });

  test('though Kafka lets nobody in when it starts, it does not end by itself: it says so, and starts when Kafka does', async () => {
    const [nobody, port] = await freePorts(2);
    const { proxy, url } = await TcpProxy.before(`http://127.0.0.1:${nobody}`);
    const kafka = { KAFKA_BROKERS: new URL(url).host };
    role = RoleProcess.spawn(['policies'], { ...environment.env, ...kafka, OPS_PORT: String(port) });
    const { log } = role;
    await waitUntil(() => log.some((line) => line.includes('Kafka does not answer')), {
      what: 'the role did not wait',
      timeout: 60_000,
    });
    const client = new ApiClient(() => `http://127.0.0.1:${port}`);
    expect((await client.get('/livez')).status).toBe(200);
    const waiting = await client.get<{ checks: object }>('/readyz');
    expect(waiting.status).toBe(503);
    expect(waiting.body.checks).toMatchObject({ start: { status: 'down' }, kafka: { status: 'down' } });
    proxy.leadTo(`http://${environment.env['KAFKA_BROKERS']}`);
    await waitUntil(() => role!.opsUrl !== '', { what: 'the role did not start', timeout: 60_000 });
    expect((await client.get('/readyz')).body).not.toHaveProperty('checks.start');
    expect(await role.stop()).toBe(0);
    await proxy.close();
  }, 150_000);
});
