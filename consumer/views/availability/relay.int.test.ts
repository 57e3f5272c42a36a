import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { appendAll } from '../../../infra/event-log/append-all';
import type { Appender, AttemptResult } from '../../../infra/event-log/log';
import { partitionOf } from '../../../infra/event-log/murmur2';
import { waitUntil } from '../../../infra/local/wait';
import { createLogger } from '../../../infra/logger';
import { encodeRecord } from '../../../schemas/codec/cloudevents';
import { createEncoder } from '../../../schemas/codec/codec';
import { OUTCOMES } from '../../../schemas/generated/events';
import { createRegistry } from '../../../schemas/registry/registry';
import { PARTITIONS } from '../../../schemas/topics';
import { createTestEnvironment, type TestEnvironment } from '../../../test/environment';
import { createViewPool } from '../../projector/view-pool';
import { LOCK_SQL, TAKE_SQL } from './outbox';
import { Relay } from './relay';
import { RelayMetrics } from './relay-metrics';

const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** A book whose events are in the partition. */
const BOOKS = ALL.map((partition) => {
  let n = 0;
  while (partitionOf(Buffer.from(`book-${n}`), PARTITIONS) !== partition) n += 1;
  return `book-${n}`;
});

describe('the relay of outcomes', () => {
  let environment: TestEnvironment;
  let pool: Pool;
  let relay: Relay | undefined;
  let metrics: RelayMetrics;

  beforeEach(async () => {
    environment = await createTestEnvironment();
    pool = createViewPool(environment.config.DATABASE_URL, createLogger('silent'));
    metrics = new RelayMetrics(new Registry());
  });

  afterEach(async () => {
    await relay?.close();
    relay = undefined;
    await pool.end();
    await environment.close();
  });

  /** Starts a relay of all partitions. @param change what becomes of its attempts */
  async function start(change: (attempt: Appender['attempt']) => Appender['attempt'] = (it) => it) {
    const appender = environment.log.createAppender();
    const attempt = change((...all) => appender.attempt(...all));
    const limits = { partitions: PARTITIONS, timeout: 5_000 };
    const encoder = await createEncoder({
      registry: createRegistry(environment.config.SCHEMA_REGISTRY_URL),
      topic: environment.topics.outcomes,
      schemas: OUTCOMES,
    });
    relay = new Relay({
      pool,
      appender: {
        attempt,
        append: (topic, records) => appendAll({ attempt }, topic, records, limits),
        close: () => appender.close(),
      },
      topic: environment.topics.outcomes,
      encode: (outcome) => encodeRecord(outcome, encoder, { source: '/test' }),
      logger: createLogger('silent'),
      metrics,
    });
    relay.assign(ALL);
    relay.start();
  }

  /** Puts outcomes into the outbox. @param reason their text; it makes them as large as they are */
  async function put(
    partition: number,
    count: number,
    { from = 0, type = 'ReservationClosed', reason = '' } = {},
  ) {
    await pool.query(
      `INSERT INTO library.outbox
       SELECT $1, n, 0, jsonb_build_object('type', $4::text, 'eventId', gen_random_uuid(), 'occurredAt', 0, 'bookId', $5::text,
              'reservationId', gen_random_uuid(), 'userId', 'ann', 'status', 'cancelled', 'reason', $6::text)
         FROM generate_series($2::int, $2::int + $3::int - 1) AS n`,
      [partition, from, count, type, BOOKS[partition], reason],
    );
  }

  /** How many outcomes are on the topic, by partition. */
  const published = async () =>
    (await environment.log.bounds(environment.topics.outcomes)).map(({ end }) => end);

  const leftIn = async (table: string) => {
    const { rows } = await pool.query<{ partition: number; left: number }>(
      `SELECT partition, count(*)::int AS left FROM library.${table} GROUP BY partition ORDER BY partition`,
    );
    return new Map(rows.map(({ partition, left }) => [partition, left]));
  };

  const untilPublished = (partition: number, count: number) =>
    waitUntil(async () => (await published())[partition]! >= count, {
      what: `partition ${partition} was not published`,
      timeout: 30_000,
      every: 5,
    });

  test('gives every partition its share: a backlog in the first does not keep the last one waiting', async () => {
    await put(0, 30_000);
    await put(11, 1);
    await start();
    await untilPublished(11, 1);
    expect((await leftIn('outbox')).get(0)).toBeGreaterThan(15_000);
    await untilPublished(0, 30_000);
  });

  test('goes on with all other partitions while one cannot be appended to, and with that one afterwards', async () => {
    let isDown = true;
    await start((attempt) => (topic, batches, options) => {
      const results = attempt(
        topic,
        batches.filter(({ partition }) => !isDown || partition !== 3),
        options,
      );
      const failed: AttemptResult = { kind: 'not-appended', error: new Error('partition 3 has no leader') };
      return batches.map(({ partition }) =>
        isDown && partition === 3 ? Promise.resolve(failed) : results.shift()!,
      );
    });
    for (const partition of [1, 3, 5]) await put(partition, 2_500);
    await untilPublished(1, 2_500);
    await untilPublished(5, 2_500);
    await waitUntil(async () => (await leftIn('outbox')).size === 1, {
      what: 'not emptied',
      timeout: 10_000,
    });
    expect([await leftIn('outbox'), (await published())[3]]).toEqual([new Map([[3, 2_500]]), 0]);
    expect((await metrics.troubled.get()).values[0]!.value).toBe(1);
    isDown = false;
    await untilPublished(3, 2_500);
    await waitUntil(async () => (await leftIn('outbox')).size === 0, {
      what: 'not emptied',
      timeout: 10_000,
    });
    // Nothing was published twice.
    expect(await published()).toEqual(ALL.map((partition) => ([1, 3, 5].includes(partition) ? 2_500 : 0)));
    expect((await metrics.troubled.get()).values[0]!.value).toBe(0);
  });

  test('sets an outcome aside that Kafka or the schema does not take, and publishes all others once', async () => {
    await put(2, 300);
    // Text that repeats nothing: as a batch it is compressed.
    await put(2, 1, { from: 300, reason: randomBytes(1_200_000).toString('base64') });
    await put(2, 300, { from: 301 });
    await put(2, 1, { from: 601, type: 'Nonsense' });
    await put(2, 300, { from: 602 });
    await put(4, 300);
    await start();
    await waitUntil(async () => (await leftIn('outbox')).size === 0, {
      what: 'not emptied',
      timeout: 30_000,
    });
    expect(await published()).toEqual(
      ALL.map((partition) => (partition === 2 ? 900 : partition === 4 ? 300 : 0)),
    );
    const { rows } = await pool.query(
      `SELECT partition, "offset"::int, outcome->>'bookId' AS book, reason <> '' AS explained FROM library.outbox_set_aside ORDER BY 2`,
    );
    expect(rows).toEqual(
      [300, 601].map((offset) => ({ partition: 2, offset, book: BOOKS[2], explained: true })),
    );
    expect((await metrics.setAside.get()).values[0]!.value).toBe(2);
  });

  test('sends no more bytes at once than Kafka takes, and so large outcomes as well', async () => {
    const sizes: number[] = [];
    await start((attempt) => (topic, batches, options) => {
      for (const { records } of batches)
        sizes.push(records.reduce((sum, { value }) => sum + value.length, 0));
      return attempt(topic, batches, options);
    });
    await put(7, 200, { reason: 'x'.repeat(16_000) });
    await untilPublished(7, 200);
    expect(Math.max(...sizes)).toBeLessThan(800_000);
    expect((await published())[7]).toBe(200);
  });

  test('reads as little of an outbox of 200,000 outcomes as of one of 1,000', async () => {
    const cost = async () => {
      const client = await pool.connect();
      const buffersOf = async (sql: string, values: unknown[]) => {
        const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
          `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`,
          values,
        );
        const plan = rows[0]!['QUERY PLAN'][0].Plan;
        return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
      };
      try {
        const lock = await buffersOf(LOCK_SQL, [ALL, 1]);
        return [lock, await buffersOf(TAKE_SQL, [ALL, ALL.map(() => 83), 800_000])] as const;
      } finally {
        client.release();
      }
    };
    await put(0, 1_000);
    // The worst the planner can know: that the table is small.
    await pool.query('ANALYZE library.outbox');
    await cost();
    const [lock, take] = await cost();
    await put(0, 199_000, { from: 1_000 });
    const [lockThen, takeThen] = await cost();
    expect(lockThen).toBeLessThan(lock + 60);
    expect(takeThen).toBeLessThan(take + 60);
  });
});
