import { Counter, Registry } from 'prom-client';
import { createOpsApp, readinessOf, type Check } from './ops';
import { serve, silent } from './testing';

const up = (name: string, required = true): Check => ({ name, required, run: () => Promise.resolve() });
const down = (name: string, required: boolean): Check => ({
  name,
  required,
  run: () => Promise.reject(new Error('connection refused')),
});

async function readyz(...checks: Check[]) {
  const server = await serve(createOpsApp({ checks, registry: new Registry(), logger: silent }));
  const answer = await server.send('GET', '/readyz');
  await server.close(1_000);
  return answer;
}

test('ready when everything is up', async () => {
  const { status, json } = await readyz(up('kafka'), up('postgres', false));
  expect(status).toBe(200);
  expect(json).toEqual({ status: 'ready', checks: { kafka: { status: 'up' }, postgres: { status: 'up' } } });
});

test('degraded, and still 200, when something optional is down', async () => {
  const { status, json } = await readyz(up('kafka'), down('postgres', false));
  expect(status).toBe(200);
  expect(json).toMatchObject({
    status: 'degraded',
    checks: { postgres: { status: 'down', detail: 'connection refused' } },
  });
});

test('a check that only warns is shown only while it is down', async () => {
  const well = await readyz(up('kafka'), { ...up('dead-letters', false), onlyWarns: true });
  expect(well.json).toEqual({ status: 'ready', checks: { kafka: { status: 'up' } } });
  const wrong = await readyz(up('kafka'), { ...down('dead-letters', false), onlyWarns: true });
  expect(wrong.status).toBe(200);
  expect(wrong.json).toMatchObject({ status: 'degraded', checks: { 'dead-letters': { status: 'down' } } });
});

test('503 when something required is down', async () => {
  const { status, json } = await readyz(down('kafka', true), down('postgres', false));
  expect(status).toBe(503);
  expect(json).toMatchObject({ status: 'not-ready' });
});

test('a check that hangs is down, and its signal is aborted', async () => {
  let stopped = false;
  const hanging: Check = {
    name: 'kafka',
    required: true,
    run: (signal) => new Promise(() => signal.addEventListener('abort', () => (stopped = true))),
  };
  const { checks } = await readinessOf([hanging, up('postgres')], 5);
  expect(checks).toEqual({
    kafka: { status: 'down', detail: 'no answer within 5 ms' },
    postgres: { status: 'up' },
  });
  expect(stopped).toBe(true);
});

test('alive, with metrics, and nothing else', async () => {
  const registry = new Registry();
  new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc(3);
  const server = await serve(createOpsApp({ checks: [], registry, logger: silent }));
  expect((await server.send('GET', '/livez')).json).toEqual({ status: 'alive' });
  const metrics = await server.send('GET', '/metrics');
  expect(metrics.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(metrics.text).toContain('things_total 3');
  expect((await server.send('GET', '/v1/things')).json).toMatchObject({ status: 404, code: 'not-found' });
  expect((await server.send('POST', '/livez')).headers['allow']).toBe('GET, HEAD, OPTIONS');
  await server.close(1_000);
});

test('however many ask at a time, each dependency is asked once', async () => {
  let runs = 0;
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const slow: Check = {
    name: 'kafka',
    required: true,
    run: () => {
      runs += 1;
      return gate;
    },
  };
  const server = await serve(createOpsApp({ checks: [slow], registry: new Registry(), logger: silent }));
  const answers = Array.from({ length: 20 }, () => server.send('GET', '/readyz'));
  await Promise.all(Array.from({ length: 3 }, () => server.send('GET', '/livez')));
  release();
  for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  expect(runs).toBeLessThan(5);
  await server.close(0);
});
