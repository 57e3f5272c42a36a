import { freePorts } from '../../infra/local/ports';
import { waitUntil } from '../../infra/local/wait';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { RoleProcess } from '../e2e/role-process';
import { Traffic } from '../faults/traffic';
import { startProxy, type ProxyName } from './real-proxies';
import { ReverseProxy, type LoadBalancer } from './reverse-proxy';

/**
 * By hand, on a machine that has them, this runs behind other load balancers as well, and for longer:
 * `RESTARTS=50 PROXIES=haproxy,nginx npx jest test/processes/restarted-api.int.test.ts`.
 */
const { RESTARTS = '2', PROXIES = '' } = process.env;
const CLIENTS = 4;
/** How many requests the load makes at least while an instance is away, and before the next time. */
const REQUESTS = 100;

const real = PROXIES.split(',').filter((name): name is ProxyName => name !== '');

const LOAD_BALANCERS: Readonly<Record<string, (ports: readonly number[]) => Promise<LoadBalancer>>> = {
  'a load balancer that asks /readyz': (ports) => ReverseProxy.start(ports, true),
  'one that learns from refused connections alone': (ports) => ReverseProxy.start(ports, false),
  ...Object.fromEntries(real.map((name) => [name, (ports: readonly number[]) => startProxy(name, ports)])),
};

describe('one of two API instances is restarted', () => {
  let environment: TestEnvironment;

  beforeAll(async () => {
    environment = await createTestEnvironment({ SHUTDOWN_DELAY: '1s' });
  }, 120_000);

  afterAll(() => environment.close());

  test.each(Object.keys(LOAD_BALANCERS))(
    `behind %s, ${RESTARTS} times under load: no request fails`,
    async (name) => {
      const ports = await freePorts(2);
      const start = (port: number) =>
        RoleProcess.start(['api'], { ...environment.env, HTTP_PORT: String(port) });
      const instances = await Promise.all(ports.map(start));
      const proxy = await LOAD_BALANCERS[name]!(ports);
      const traffic = new Traffic(() => proxy.url);
      await traffic.prepare();
      traffic.start(CLIENTS);
      const begin = performance.now();
      let before = 0;
      for (let restart = 0; restart < Number(RESTARTS); restart += 1) {
        expect(await instances[0]!.stop()).toBe(0);
        instances[0] = await start(ports[0]!);
        before = traffic.accepted.length;
        await waitUntil(() => traffic.accepted.length > before + REQUESTS, {
          what: 'the load has stopped',
          timeout: 30_000,
          every: 10,
        });
      }
      const rate = traffic.accepted.length / ((performance.now() - begin) / 1_000);
      await traffic.stop();
      await proxy.close();
      await Promise.all(instances.map((instance) => instance.stop()));
      expect([traffic.other, proxy.failures]).toEqual([new Map(), []]);
      const requests = traffic.accepted.length;
      expect(requests).toBeGreaterThan(REQUESTS * Number(RESTARTS));
      if (real.length > 0) process.stdout.write(`${name}: ${requests} requests, ${Math.round(rate)}/s\n`);
    },
    240_000 + Number(RESTARTS) * 60_000,
  );
});
