import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { uniqueName } from '../servers';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { leads, untilOneLeads } from '../policies';
import { ApiClient, WAIT } from './api-client';
import { RoleProcess } from './role-process';

const WINDOW_MS = 4_000;

describe('two instances of the policies', () => {
  let environment: TestEnvironment;
  let platform: RoleProcess;
  let policies: RoleProcess[];
  let folder: string;
  const api = new ApiClient(() => platform.url);

  beforeAll(async () => {
    environment = await createTestEnvironment({ PICKUP_WINDOW: `${WINDOW_MS}ms` });
    platform = await RoleProcess.start(['api', 'availability'], environment.env);
    folder = mkdtempSync(path.join(tmpdir(), 'clock-'));
  });

  beforeEach(async () => {
    policies = [await RoleProcess.start(['policies'], environment.env)];
    await untilOneLeads(policies);
  });

  afterEach(() => Promise.all(policies.map((each) => each.kill())));

  afterAll(async () => {
    await platform.stop();
    await environment.close();
    rmSync(folder, { recursive: true });
  });

  /** Reserves a book with one copy, and waits until that has expired: not before its time, and once. */
  async function untilExpired(): Promise<void> {
    const bookId = uniqueName('b');
    const book = `/v1/books/${bookId}`;
    await api.put(book, { title: bookId }, WAIT);
    await api.put(`${book}/copies/c1`, undefined, WAIT);
    const { body } = await api.post(`${book}/reservations`, { userId: 'ann' }, WAIT);
    for (;;) {
      const { body: history } = await api.get<{ items: { type: string; occurredAt: string }[] }>(
        `${book}/history`,
      );
      const expiries = history.items.filter(({ type }) => type === 'ReservationExpired');
      if (expiries[0]) {
        const now = Date.now();
        expect(expiries).toHaveLength(1);
        const expiredAt = Date.parse(expiries[0].occurredAt);
        expect(expiredAt).toBeGreaterThanOrEqual(Date.parse(String(body['pickupBy'])));
        expect(expiredAt).toBeLessThanOrEqual(now);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function decides(role: RoleProcess): Promise<boolean> {
    await untilExpired();
    const metrics = await (await fetch(`${role.opsUrl}/metrics`)).text();
    return /^library_policy_decisions_total\{policy="expiry"\} [1-9]/m.test(metrics);
  }

  test.each(['SIGTERM', 'SIGKILL', 'SIGSTOP'] as const)(
    'one decides, and after %s the other; readiness of both says which',
    async (signal) => {
      const second = await RoleProcess.start(['policies'], environment.env);
      policies.push(second);
      const [first] = policies as [RoleProcess];
      expect(await decides(first)).toBe(true);
      expect(await Promise.all(policies.map(leads))).toEqual([true, false]);
      for (const role of policies) {
        const ready = (await (await fetch(`${role.opsUrl}/readyz`)).json()) as {
          checks: { policies: object };
        };
        expect(ready.checks.policies).toEqual({
          status: 'up',
          detail: expect.stringMatching(new RegExp(`process ${first.pid} decides$`)) as string,
        });
      }
      if (signal === 'SIGSTOP') process.kill(first.pid, signal);
      else await first.kill(signal);
      await untilOneLeads([second]);
      expect(await decides(second)).toBe(true);
      if (signal !== 'SIGSTOP') return;
      process.kill(first.pid, 'SIGCONT');
      while (await leads(first)) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await leads(second)).toBe(true);
    },
    120_000,
  );

  test('end no window early when the clock of the one that decides is an hour ahead', async () => {
    await policies[0]!.stop();
    const ahead = path.join(folder, 'ahead.cjs');
    writeFileSync(
      ahead,
      `const real = Date.now; const AHEAD = 3_600_000;
       globalThis.Date = class extends Date {
         constructor(...args) { if (args.length === 0) super(real() + AHEAD); else super(...args); }
         static now() { return real() + AHEAD; }
       };`,
    );
    policies = [
      await RoleProcess.start(['policies'], { ...environment.env, NODE_OPTIONS: `--require=${ahead}` }),
    ];
    await untilOneLeads(policies);
    expect(await decides(policies[0]!)).toBe(true);
  });
});
