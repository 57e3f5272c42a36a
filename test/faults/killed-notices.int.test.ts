import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { WebhookReceiver, type Call } from '../../consumer/notices/channels/testing';
import { noticeOf } from '../../consumer/notices/notice';
import { outcome } from '../../consumer/notices/testing';
import { publisherOf } from '../consumers/notices';
import { createLogger } from '../../infra/logger';
import { waitUntil } from '../../infra/local/wait';
import { createPool } from '../../infra/postgres/pool';
import type { Outcome } from '../../schemas/generated/events';
import { RoleProcess } from '../e2e/role-process';
import { createTestEnvironment, type TestEnvironment } from '../environment';

const KILLS = 6;

/** Outcomes of all types; half of them call for a notice. */
function someOutcomes(round: number): Outcome[] {
  return Array.from({ length: 10 }, (_, i) => {
    const common = { bookId: `book-${i}`, userId: `user-${round}-${i}` };
    return [
      outcome('ReservationReady', { ...common, copyId: 'c1', pickupBy: 1_000 * round }),
      outcome('ReservationWaitlisted', { ...common, queuePosition: 1 }),
      outcome('ReservationRejected', { ...common, code: 'already-reserved' }),
      outcome('ReservationFulfilled', { ...common, copyId: 'c1' }),
      outcome('ReservationClosed', { ...common, status: 'expired', reason: null }),
      outcome('ReservationClosed', { ...common, status: 'cancelled', reason: null }),
    ];
  }).flat();
}

describe('notices whose role is killed in the middle of its work', () => {
  let environment: TestEnvironment;
  let role: RoleProcess | undefined;
  let over = false;
  let pool: Pool;
  let receiver: WebhookReceiver;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    environment = await createTestEnvironment({ KAFKA_SESSION_TIMEOUT: '1s' });
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    receiver = await WebhookReceiver.start();
    // Notices that a killed instance had claimed are due again after the timeout of an attempt and a margin.
    env = { ...environment.env, ...receiver.env, NOTICE_TIMEOUT: '500ms', NOTICE_RETRY_PAUSE: '50ms' };
  });

  afterAll(async () => {
    over = true;
    await role?.stop();
    await receiver.close();
    await pool.end();
    await environment.close();
  });

  /** Publishes outcomes until `over`, every second batch twice, as a relay does that was killed before it noted them. */
  async function publishOutcomes(): Promise<Outcome[]> {
    const publish = await publisherOf(environment);
    const published: Outcome[] = [];
    for (let round = 0; !over; round += 1) {
      const outcomes = someOutcomes(round);
      await publish(round % 2 === 0 ? outcomes : [...outcomes, ...outcomes]);
      published.push(...outcomes);
      await delay(50);
    }
    return published;
  }

  const countOf = async (condition: string) => {
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM library.notices WHERE ${condition}`,
    );
    return rows[0]!.count;
  };

  async function noticesInTable() {
    const { rows } = await pool.query<{ noticeId: string }>(
      `SELECT notice_id AS "noticeId", kind, book_id AS "bookId", reservation_id AS "reservationId",
              user_id AS "userId", details FROM library.notices`,
    );
    return sorted(rows);
  }

  test(`${KILLS} times is one notice for each outcome that calls for one, and all of them arrive`, async () => {
    const accepted: Call[] = [];
    // Slow enough that many deliveries are in flight when the role is killed, and failing now and then.
    receiver.answer = (call, response) => {
      const isAccepted = Math.random() > 0.1;
      setTimeout(() => {
        if (isAccepted) accepted.push(call);
        response.writeHead(isAccepted ? 204 : 500).end();
      }, 20 * Math.random());
    };
    const publishing = publishOutcomes();
    let interrupted = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      role = await RoleProcess.start(['notices'], env);
      const before = accepted.length;
      await waitUntil(() => accepted.length > before, {
        what: 'no notice arrived',
        timeout: 20_000,
        every: 1,
      });
      await delay(Math.random() * 100);
      await role.kill('SIGKILL');
      if ((await countOf("status = 'pending' AND attempts > 0")) > 0) interrupted += 1;
    }
    expect(interrupted).toBeGreaterThan(0);
    over = true;
    const expected = (await publishing)
      .map((each) => noticeOf(each))
      .filter((notice) => notice !== undefined);
    role = await RoleProcess.start(['notices'], env);
    await waitUntil(async () => (await countOf("status = 'delivered'")) === expected.length, {
      what: `${expected.length} notices were not delivered`,
      timeout: 120_000,
    });
    await role.stop();

    expect(await noticesInTable()).toEqual(sorted(expected));
    const arrived = new Map(accepted.map((call) => [call.id, call]));
    expect([...arrived.keys()].sort()).toEqual(sorted(expected).map(({ noticeId }) => noticeId));
    for (const { id, body, signed } of accepted) {
      expect(signed).toBe(true);
      expect(body).toEqual(arrived.get(id)!.body);
    }
    for (const notice of expected) expect(arrived.get(notice.noticeId)!.body).toMatchObject(notice);
    expect(expected.length).toBeGreaterThan(200);
  }, 300_000);
});

function sorted<T extends { readonly noticeId: string }>(notices: readonly T[]): T[] {
  return [...notices].sort((a, b) => (a.noticeId < b.noticeId ? -1 : 1));
}
