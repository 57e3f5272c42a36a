import { Registry } from 'prom-client';
import { createLogger } from '../../infra/logger';
import { HostedRole } from './hosted-role';
import { RoleMetrics } from './role-metrics';

const NO_PAUSE = { next: () => 0 };
const HOUR = { next: () => 3_600_000 };

/** A role whose runs the test controls. */
function controlledRole(backoff = NO_PAUSE) {
  const registry = new Registry();
  const runs: { fail(error: Error): void; closed: boolean }[] = [];
  let next: (() => Promise<unknown>) | undefined;
  let started = (): void => undefined;
  const role = new HostedRole({
    name: 'demand',
    async start(fail) {
      await next?.();
      const run = { fail, closed: false };
      runs.push(run);
      started();
      return { close: () => Promise.resolve(void (run.closed = true)) };
    },
    metrics: new RoleMetrics(registry),
    logger: createLogger('silent'),
    backoff,
  });
  return {
    role,
    runs,
    metrics: () => registry.metrics(),
    /** What precedes the next starts. */
    before: (action: (() => Promise<unknown>) | undefined) => (next = action),
    nextRun: () => new Promise<void>((resolve) => (started = resolve)),
  };
}

test('a role that fails is closed and started again, and says so', async () => {
  const { role, runs, metrics, nextRun } = controlledRole();
  await role.start();
  expect(role.problem).toBeUndefined();
  const again = nextRun();
  runs[0]!.fail(new Error('the view is of another stream'));
  await again;
  expect(runs.map(({ closed }) => closed)).toEqual([true, false]);
  expect(await metrics()).toContain('library_role_restarts_total{role="demand"} 1');
  await role.close();
  expect(runs.map(({ closed }) => closed)).toEqual([true, true]);
});

test('until it is started again its problem is known', async () => {
  const { role, runs, metrics } = controlledRole(HOUR);
  await role.start();
  expect(await metrics()).toContain('library_role_up{role="demand"} 1');
  runs[0]!.fail(new Error('the view is of another stream'));
  while (!role.problem) await Promise.resolve();
  expect(role.problem.message).toBe('the view is of another stream');
  expect(await metrics()).toContain('library_role_up{role="demand"} 0');
  await role.close();
  expect(runs).toHaveLength(1);
});

test('a start that fails is repeated, and whoever waits for it is not held up', async () => {
  const { role, runs, before, nextRun } = controlledRole();
  const again = nextRun();
  before(() => Promise.reject(new Error('the registry is away')));
  await role.start();
  expect(role.problem?.message).toBe('the registry is away');
  before(undefined);
  await again;
  await role.close();
  expect(runs).toEqual([expect.objectContaining({ closed: true })]);
});

test('a role that is closed while it starts is closed when it has started', async () => {
  const { role, runs, before } = controlledRole();
  let go = (): void => undefined;
  before(() => new Promise<void>((resolve) => (go = resolve)));
  const starting = role.start();
  const closed = role.close();
  go();
  await Promise.all([starting, closed]);
  expect(runs).toEqual([expect.objectContaining({ closed: true })]);
});

test('a failure of a run that is over ends no later one', async () => {
  const { role, runs, nextRun } = controlledRole();
  await role.start();
  const again = nextRun();
  runs[0]!.fail(new Error('once'));
  await again;
  runs[0]!.fail(new Error('twice'));
  await new Promise(setImmediate);
  expect([runs.length, role.problem]).toEqual([2, undefined]);
  await role.close();
});
