import { freePorts } from '../../infra/local/ports';
import { waitUntil } from '../../infra/local/wait';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { RoleProcess } from '../e2e/role-process';
import { Traffic } from '../faults/traffic';
import { startProxy, type ProxyName } from './real-proxies';
import { ReverseProxy, type LoadBalancer } from './reverse-proxy';

/**
 * By hand, on a machine that has them, this runs behind other load balancers and for longer:
 * `RESTARTS=50 PROXY=haproxy npx jest test/processes/restarted-api.int.test.ts`, or `PROXY=nginx`.
 */
const { RESTARTS = '4', PROXY } = process.env;
const CLIENTS = 4;
const LEAST_RATE = 100;

const PROXIES: Readonly<Record<string, (ports: readonly number[]) => Promise<LoadBalancer>>> = PROXY
  ? { [PROXY]: (ports) => startProxy(PROXY as ProxyName, ports) }
  : {
      'a load balancer that asks /readyz': (ports) => ReverseProxy.start(ports, true),
      'one that learns from refused connections alone': (ports) => ReverseProxy.start(ports, false),
    };

describe('one of two API instances is restarted', () => {
  let environment: TestEnvironment;

  beforeAll(async () => {
    environment = await createTestEnvironment({ SHUTDOWN_DELAY: '500ms' });
  }, 120_000);

  afterAll(() => environment.close());

  test.each(Object.keys(PROXIES))(
    `behind %s, ${RESTARTS} times under load: no request fails`,
    async (name) => {
      const ports = await freePorts(2);
      const start = (port: number) =>
        RoleProcess.start(['api'], { ...environment.env, HTTP_PORT: String(port) });
      const instances = await Promise.all(ports.map(start));
      const proxy = await PROXIES[name]!(ports);
      const traffic = new Traffic(() => proxy.url);
      await traffic.prepare();
      traffic.start(CLIENTS);
      const begin = performance.now();
      let before = 0;
      for (let restart = 0; restart < Number(RESTARTS); restart += 1) {
        expect(await instances[0]!.stop()).toBe(0);
        instances[0] = await start(ports[0]!);
        before = traffic.accepted.length;
        await waitUntil(() => traffic.accepted.length > before + LEAST_RATE, {
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
      expect(rate).toBeGreaterThan(LEAST_RATE);
      if (PROXY) {
        const requests = traffic.accepted.length;
        process.stdout.write(`${name}: ${requests} requests, ${Math.round(rate)}/s, none failed\n`);
      }
    },
    60_000 + Number(RESTARTS) * 30_000,
  );
});
