import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import type { Pool } from 'pg';
import { closeContext, createContext, type Context, type RunningRole } from '../../app/roles/context';
import { startProcess, type RunningProcess } from '../../app/roles/process';
import { startView } from '../../app/roles/view-role';
import { FencedError, type Position } from '../../infra/event-log/log';
import { createLogger } from '../../infra/logger';
import type { LibraryEvent } from '../../schemas/generated/events';
import { WINDOW } from '../../consumer/domain/streams/testing';
import { ApiClient, WAIT } from '../e2e/api-client';
import { event, createTestEnvironment, type TestEnvironment } from '../environment';
import { Checkpoints } from '../../consumer/projector/checkpoint';
import { ProgressWatcher } from '../../consumer/projector/progress-watcher';
import { createViewPool } from '../../consumer/projector/view-pool';
import { DEMAND_VIEW } from '../../consumer/views/demand/definition';
import { DemandProjection } from '../../consumer/views/demand/projection';
import type {
  DemandDayResource,
  DemandResource,
  WaitForecastResource,
} from '../../consumer/views/demand/resources';
import { anyStream } from '../../consumer/views/demand/testing';

type List<T> = { items: T[]; nextCursor: string | null };

describe('the demand view, on Kafka and Postgres', () => {
  let environment: TestEnvironment;
  let contexts: Context[];
  let others: RunningProcess;
  let demand: RunningRole;
  let pool: Pool;
  const api = new ApiClient(() => others.url!);

  const newContext = () =>
    createContext(environment.config, 'test', (error) => {
      throw error;
    });

  beforeAll(async () => {
    environment = await createTestEnvironment({ PICKUP_WINDOW: `${WINDOW}ms` });
    contexts = [newContext(), newContext()];
    others = await startProcess(contexts[0]!, ['api', 'availability']);
    demand = await startView(contexts[1]!, DEMAND_VIEW);
    pool = createViewPool(environment.config.DATABASE_URL, createLogger('silent'));
  });

  afterAll(async () => {
    await Promise.all([demand.close(), others.close()]);
    await closeContext(contexts[1]!);
    await pool.end();
    await environment.close();
  });

  /** What a replay has to reach, to be as far as the live view was. */
  const ofAllTests: Position[] = [];

  /** A new watcher each time: it must not regard positions as reached that were reached before a rebuild. */
  const watcherOf = (consumer: string) =>
    new ProgressWatcher(pool, consumer, environment.topics.reservations);

  async function reached(positions: readonly Position[], ...consumers: string[]): Promise<void> {
    for (const consumer of consumers) {
      const watcher = watcherOf(consumer);
      for (const position of positions) expect(await watcher.reaches(position, 20_000)).toBe(true);
    }
  }

  async function happened(events: readonly LibraryEvent[]): Promise<Position[]> {
    const positions = await environment.append(events);
    ofAllTests.push(...positions);
    await reached(positions, 'demand', 'availability');
    return positions;
  }

  const daily = async () =>
    (
      await pool.query(`SELECT book_id, day::text, reservations, cancellations FROM library.demand_daily
                         ORDER BY book_id, day`)
    ).rows;

  /** The same figures, as the other view's history has them. */
  const dailyOfHistory = async () =>
    (
      await pool.query(`SELECT book_id, (occurred_at AT TIME ZONE 'UTC')::date::text AS day,
                               count(*) FILTER (WHERE type = 'BookReserved')::int AS reservations,
                               count(*) FILTER (WHERE type = 'ReservationCancelled')::int AS cancellations
                          FROM library.history
                         WHERE code IS NULL AND type IN ('BookReserved', 'ReservationCancelled')
                         GROUP BY 1, 2 ORDER BY 1, 2`)
    ).rows;

  test('counts what took effect, on the UTC day when it happened: no repeats and nothing that was refused', async () => {
    const bookId = 'exact';
    const [first, second] = [uuidv7(), uuidv7()];
    const newYear = Date.UTC(2026, 0, 1);
    const reserve = (reservationId: string, userId: string, at: number) =>
      event('BookReserved', { bookId, reservationId, userId }, at);
    const cancel = (reservationId: string, userId: string | null) =>
      event('ReservationCancelled', { bookId, reservationId, userId, reason: null }, newYear + 1);
    const onTime = reserve(first, 'ann', newYear - 1);
    const tooEarly = cancel(second, null);
    const cancelled = cancel(first, 'ann');
    await happened([
      reserve(uuidv7(), 'ann', newYear),
      event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null }),
      tooEarly,
      onTime,
      reserve(uuidv7(), 'ann', newYear),
      reserve(first, 'cy', newYear),
      reserve(second, 'bob', newYear),
      cancel(first, 'bob'),
      cancelled,
    ]);
    // In batches of their own. One of them, which was too early, would take effect now if it were not recognised as a repeat.
    await happened([onTime, tooEarly]);
    await happened([cancelled, cancel(first, 'ann'), reserve(first, 'dee', newYear)]);
    expect((await daily()).filter((row) => row.book_id === bookId)).toEqual([
      { book_id: bookId, day: '2025-12-31', reservations: 1, cancellations: 0 },
      { book_id: bookId, day: '2026-01-01', reservations: 1, cancellations: 1 },
    ]);
  });

  test('agrees with the history, and with itself after it was lost and is replayed from scratch', async () => {
    const books = Array.from({ length: 8 }, (_, i) => `any-${i}`);
    const [events] = fc.sample(anyStream(books, { minLength: 800, maxLength: 900 }), { numRuns: 1, seed: 7 });
    const positions: Position[] = [];
    for (let at = 0; at < events!.length; at += 50)
      positions.push(...(await environment.append(events!.slice(at, at + 50))));
    await reached(positions, 'demand', 'availability');
    const live = await daily();
    expect(live.length).toBeGreaterThan(20);
    expect(live).toEqual(await dailyOfHistory());

    await demand.close();
    await pool.query(`WITH progress AS (DELETE FROM library.progress WHERE consumer = 'demand'),
                           state AS (DELETE FROM library.demand_state),
                           ids AS (DELETE FROM library.demand_ids)
                      DELETE FROM library.demand_daily`);
    expect(await daily()).toEqual([]);
    demand = await startView(contexts[1]!, DEMAND_VIEW);
    await reached([...ofAllTests, ...positions], 'demand');
    expect(await daily()).toEqual(live);
  });

  test('several instances with the same batch count it once', async () => {
    const topic = 'fenced';
    const { log } = contexts[0]!;
    const stream = { identity: () => log.identity(), topicId: () => Promise.resolve(undefined) };
    await new Checkpoints(pool, 'demand', topic, stream).stateOf(0);
    const bookId = 'fenced';
    const events = [
      event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null }),
      event('BookReserved', { bookId, reservationId: uuidv7(), userId: 'ann' }),
    ].map((e, offset) => ({ event: e, position: { partition: 0, offset }, timestamp: e.occurredAt }));
    const batch = { partition: 0, fromOffset: 0, nextOffset: 2, epoch: 0, events };
    const results = await Promise.allSettled(
      [1, 2, 3].map(() =>
        new DemandProjection({ pool, topic, rules: { pickupWindow: WINDOW } }).project(batch),
      ),
    );
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toEqual([expect.any(FencedError), expect.any(FencedError)]);
    const { rows } = await pool.query(`SELECT reservations FROM library.demand_daily WHERE book_id = $1`, [
      bookId,
    ]);
    expect(rows).toEqual([{ reservations: 1 }]);
  });

  test('an undecodable record is one dead letter, though several consumers read it', async () => {
    const key = 'undecodable';
    await reached(
      await environment.appendRecords([{ key, value: Buffer.from('not avro'), headers: {} }]),
      'demand',
      'availability',
    );
    const ranges = await environment.log.bounds(environment.topics.deadLetters);
    let deadLetters = 0;
    for await (const { records } of environment.log.read(environment.topics.deadLetters, { ranges }))
      deadLetters += records.filter((record) => record.key?.toString() === key).length;
    expect(deadLetters).toBe(1);
  });

  describe('through the API', () => {
    const reserved = async (bookId: string, userId: string) => {
      const { body } = await api.post(`/v1/books/${bookId}/reservations`, { userId });
      return body as { position: string; reservationId: string };
    };
    const todays = (query: string) => api.get<List<DemandResource>>(`/v1/demand?${query}`);

    test('the most wanted books come first, at once after the write whose position is named', async () => {
      const from = new Date().toISOString().slice(0, 10);
      for (const bookId of ['less-wanted', 'much-wanted'])
        await api.put(`/v1/books/${bookId}`, { title: bookId });
      await reserved('much-wanted', 'ann');
      await reserved('less-wanted', 'ann');
      const { reservationId } = await reserved('much-wanted', 'bob');
      const { body } = await api.delete(`/v1/books/much-wanted/reservations/${reservationId}`, WAIT);
      expect(body).toMatchObject({ status: 'cancelled' });
      await reserved('less-wanted', 'bob');
      const last = await reserved('less-wanted', 'cy');
      // Each book has a partition, and so a position, of its own.
      expect((await todays(`after=${body['position'] as string}`)).status).toBe(200);
      const { items } = (await todays(`from=${from}&after=${last.position}&limit=200`)).body;
      expect(items.filter(({ bookId }) => bookId.endsWith('-wanted'))).toEqual([
        { bookId: 'less-wanted', title: 'less-wanted', reservations: 3, cancellations: 0, waiting: 3 },
        { bookId: 'much-wanted', title: 'much-wanted', reservations: 2, cancellations: 1, waiting: 1 },
      ]);
    });

    test('pages follow each other without gaps, also among books that are wanted alike', async () => {
      const all = (await todays('limit=200')).body.items;
      expect(all.length).toBeGreaterThan(5);
      const paged: DemandResource[] = [];
      let cursor: string | null = null;
      do {
        const { body }: { body: List<DemandResource> } = await todays(
          `limit=2${cursor ? `&cursor=${cursor}` : ''}`,
        );
        paged.push(...body.items);
        cursor = body.nextCursor;
      } while (cursor);
      expect(paged).toEqual(all);
      const inOrder = [...all].sort(
        (a, b) => b.reservations - a.reservations || (a.bookId < b.bookId ? -1 : 1),
      );
      expect(all).toEqual(inOrder);
    });

    test('the period is inclusive, and the days of one book can be listed', async () => {
      const of = async (period: string) =>
        (await todays(`${period}&limit=200`)).body.items.find(({ bookId }) => bookId === 'exact');
      expect(await of('from=2025-12-31&to=2025-12-31')).toMatchObject({ reservations: 1, cancellations: 0 });
      expect(await of('from=2025-12-31&to=2026-01-01')).toMatchObject({ reservations: 2, cancellations: 1 });
      expect(await of('to=2025-12-30')).toBeUndefined();
      const { body } = await api.get<List<DemandDayResource>>(
        '/v1/demand/daily?bookId=exact&from=2026-01-01',
      );
      expect(body).toEqual({
        items: [{ bookId: 'exact', day: '2026-01-01', reservations: 1, cancellations: 1 }],
        nextCursor: null,
      });
    });

    test.each([
      ['from=2026-02-30', 'from'],
      ['to=yesterday', 'to'],
      ['from=0000-01-01', 'from'],
      ['from=2026-1-1', 'from'],
      ['from=2026-01-02&to=2026-01-01', 'from'],
      ['limit=0', 'limit'],
      ['cursor=nonsense', 'cursor'],
      ['after=99:1', 'after'],
    ])('%s is a 400 that names the field', async (query, path) => {
      for (const list of ['/v1/demand', '/v1/demand/daily']) {
        const { status, body } = await api.get<{ errors: { path: string }[] }>(`${list}?${query}`);
        expect(status).toBe(400);
        expect(body.errors.map((error) => error.path)).toEqual([path]);
      }
    });

    test('the forecast goes by the loans of the book itself', async () => {
      const bookId = 'lent';
      const day = (n: number) => Date.UTC(2026, 0, 1) + n * 86_400_000;
      await happened([
        event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null }),
        event('CopyAdded', { bookId, copyId: 'c1' }),
        event('CopyBorrowed', { bookId, copyId: 'c1', userId: 'ann' }, day(0)),
        event('CopyReturned', { bookId, copyId: 'c1' }, day(10)),
        event('CopyBorrowed', { bookId, copyId: 'c1', userId: 'bob' }, day(10)),
        event('CopyBorrowed', { bookId, copyId: 'c1', userId: 'cy' }, day(11)),
        event('BookReserved', { bookId, reservationId: uuidv7(), userId: 'cy' }),
      ]);
      expect((await api.get<WaitForecastResource>(`/v1/books/${bookId}/forecast`)).body).toEqual({
        bookId,
        copies: 1,
        waiting: 1,
        loans: 1,
        meanLoanDays: 10,
        expectedWaitDays: 20,
      });
      expect(await api.get(`/v1/books/no-such-book/forecast`)).toMatchObject({
        status: 404,
        body: { code: 'unknown-book' },
      });
    });
  });
});
