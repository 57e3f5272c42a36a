import { v7 as uuidv7 } from 'uuid';
import { closeContext, createContext, type Context } from '../../app/roles/context';
import { startView } from '../../app/roles/view-role';
import { AVAILABILITY_VIEW } from '../../consumer/views/availability/definition';
import { waitUntil } from '../../infra/local/wait';
import type { Outcome } from '../../schemas/generated/events';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';
import { NoticeQueue } from '../../consumer/notices/queue';
import { outcome, readyOutcomes } from '../../consumer/notices/testing';
import { publisherOf, startInstance, type Instance } from './notices';

describe('notices, on Kafka and Postgres', () => {
  let environment: TestEnvironment;
  let context: Context;
  let publish: (outcomes: readonly Outcome[]) => Promise<void>;

  beforeAll(async () => {
    environment = await createTestEnvironment();
    context = createContext(environment.config, 'test', (error) => {
      throw error;
    });
    publish = await publisherOf(environment);
  });

  afterAll(async () => {
    await closeContext(context);
    await environment.close();
  });

  const noticesOf = async (books: string) =>
    (
      await context.pool.query(
        `SELECT notice_id, user_id, kind, details, status, attempts FROM library.notices
          WHERE book_id LIKE $1 ORDER BY created_at, notice_id`,
        [`${books}%`],
      )
    ).rows as { notice_id: string; user_id: string; kind: string; details: object; status: string }[];

  const until = (condition: () => Promise<boolean>) =>
    waitUntil(condition, { what: 'the notices did not come about', timeout: 30_000, every: 20 });

  /** Whether the whole topic of outcomes has been read. */
  async function isAtTheEnd(): Promise<boolean> {
    const { rows } = await context.pool.query<{ read: number }>(
      "SELECT coalesce(sum(next_offset), 0)::int AS read FROM library.progress WHERE consumer = 'notices'",
    );
    const bounds = await environment.log.bounds(environment.topics.outcomes);
    return rows[0]!.read === bounds.reduce((sum, { end }) => sum + end, 0);
  }

  const running = async (work: (instance: Instance) => Promise<void>) => {
    const instance = await startInstance(environment);
    try {
      await work(instance);
    } finally {
      await instance.close();
    }
  };

  test('each user concerned by an event of a book gets one notice', async () => {
    const bookId = 'lent';
    const [ann, bob, cy] = [uuidv7(), uuidv7(), uuidv7()];
    const role = await startView(context, AVAILABILITY_VIEW);
    const noticed = running(async () => {
      await environment.append([
        event('BookReserved', { bookId, reservationId: uuidv7(), userId: 'eve' }),
        event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null }),
        event('CopyAdded', { bookId, copyId: 'c1' }),
        event('BookReserved', { bookId, reservationId: ann, userId: 'ann' }),
        event('BookReserved', { bookId, reservationId: bob, userId: 'bob' }),
        event('BookReserved', { bookId, reservationId: cy, userId: 'cy' }),
        event('ReservationCancelled', { bookId, reservationId: cy, userId: null, reason: 'limit-reached' }),
        event(
          'ReservationExpired',
          { bookId, reservationId: ann, pickupBy: null, readySince: null },
          Date.UTC(2100, 0, 1),
        ),
        event('ReservationCancelled', { bookId, reservationId: bob, userId: 'bob', reason: null }),
      ]);
      await until(async () => {
        const rows = await noticesOf(bookId);
        return rows.length === 5 && rows.every(({ status }) => status === 'delivered');
      });
    });
    try {
      await noticed;
    } finally {
      await role.close();
    }
    const notices = (await noticesOf(bookId)).map(({ user_id, kind }) => `${user_id}: ${kind}`);
    expect(notices.sort()).toEqual([
      'ann: expired',
      'ann: ready',
      'bob: ready',
      'cy: limit-reached',
      'eve: rejected',
    ]);
  });

  test('an outcome that is on the topic twice, side by side or far apart, is one notice', async () => {
    const [first, second] = readyOutcomes(2, 'twice').map((each) => ({ ...each, bookId: 'twice' }));
    await publish([first!, first!, second!]);
    await running(async () => {
      await until(async () => (await noticesOf('twice')).length === 2);
      await publish([first!, outcome('ReservationRejected', { bookId: 'twice', code: 'unknown-book' })]);
      await until(async () => (await noticesOf('twice')).length === 3);
    });
    const ids = (await noticesOf('twice')).map(({ notice_id }) => notice_id);
    expect(ids.slice(0, 2).sort()).toEqual([first!.eventId, second!.eventId].sort());
  });

  test('when the topic is read again from the beginning, no notice is repeated', async () => {
    const before = await noticesOf('');
    expect(before.length).toBeGreaterThan(5);
    await context.pool.query("DELETE FROM library.progress WHERE consumer = 'notices'");
    await running(() => until(isAtTheEnd));
    expect(await noticesOf('')).toEqual(before);
  });

  describe('the queue, without a dispatcher', () => {
    const limits = { all: 10, again: 10, lease: 60_000 };
    let queue: NoticeQueue;

    beforeAll(() => {
      queue = new NoticeQueue(context.pool);
    });

    beforeEach(() => context.pool.query('DELETE FROM library.notices'));

    const insert = (count: number, attempts = 0) =>
      context.pool.query(
        `INSERT INTO library.notices (notice_id, book_id, reservation_id, user_id, kind, details, attempts, next_attempt_at)
         SELECT gen_random_uuid(), 'queue', gen_random_uuid(), 'ann', 'expired', '{}', $2::int,
                now() - $2::int * interval '1 second' FROM generate_series(1, $1)`,
        [count, attempts],
      );

    test('concurrent dispatchers never claim the same notice', async () => {
      await insert(40);
      const taken = await Promise.all(Array.from({ length: 4 }, () => queue.claim(limits)));
      const ids = taken.flat().map(({ noticeId }) => noticeId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(await queue.claim({ ...limits, all: 100 })).toHaveLength(40 - ids.length);
    });

    test('what a dead instance had taken can be taken again when its lease is over', async () => {
      await insert(1);
      const [taken] = await queue.claim({ ...limits, lease: 300 });
      expect(await queue.claim(limits)).toEqual([]);
      let again = await queue.claim(limits);
      await until(async () => (again = await queue.claim(limits)).length > 0);
      expect(again).toEqual([{ ...taken, attempts: 2 }]);
    });

    test('who comes late, after the lease, changes nothing unless it was delivered', async () => {
      await insert(1);
      const [late] = await queue.claim({ ...limits, lease: 0 });
      const [current] = await queue.claim(limits);
      expect(current).toMatchObject({ noticeId: late!.noticeId, attempts: 2 });
      await queue.settle([{ notice: late!, status: 'failed', error: 'too late' }]);
      expect(await noticesOf('queue')).toMatchObject([{ status: 'pending' }]);
      await queue.settle([{ notice: late!, status: 'delivered' }]);
      await queue.settle([{ notice: current!, status: 'pending', error: 'no', pause: 0 }]);
      expect(await noticesOf('queue')).toMatchObject([{ status: 'delivered' }]);
    });

    test('many that failed before and are overdue do not keep new ones waiting', async () => {
      await insert(50, 3);
      await insert(2);
      const taken = await queue.claim({ all: 4, again: 2, lease: 1_000 });
      expect(taken.map(({ attempts }) => attempts).sort()).toEqual([1, 1, 4, 4]);
    });

    test('how many are pending, how many were given up, and how long one has been due', async () => {
      await insert(3);
      const [first, second] = await queue.claim({ ...limits, all: 2 });
      await queue.settle([
        { notice: first!, status: 'failed', error: 'gone' },
        { notice: second!, status: 'pending', error: 'no', pause: 60_000 },
      ]);
      await context.pool.query(
        `UPDATE library.notices SET next_attempt_at = now() - interval '90 s' WHERE status = 'pending' AND attempts = 0`,
      );
      const { overdue, ...counts } = await queue.counts();
      expect(counts).toEqual({ pending: 2, failed: 1 });
      expect(Math.floor(overdue / 60)).toBe(1);
    });
  });
});
