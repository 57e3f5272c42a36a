import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AttemptResult } from '../../../infra/event-log/log';
import type { Outcome } from '../../../schemas/generated/events';
import type { OutboxEntry } from '../definition';
import { LOCK_SQL, OLDEST_SQL } from './outbox';
import { ALL, BOOKS, idsOf, RelayBench, upTo } from './testing';

describe('the relay of outcomes', () => {
  let bench: RelayBench;

  beforeEach(async () => {
    bench = await RelayBench.open();
  });

  afterEach(() => bench.close());

  test('gives every partition its share: a backlog in the first does not keep the last one waiting', async () => {
    await bench.put(0, 30_000);
    await bench.put(11, 1);
    await bench.start();
    await bench.untilPublished(11, 1);
    expect((await bench.left()).get(0)).toBeGreaterThan(15_000);
    await bench.untilPublished(0, 30_000);
  });

  test('goes on with all other partitions while one cannot be appended to, and with that one afterwards', async () => {
    let isDown = true;
    await bench.start((attempt) => (topic, batches, options) => {
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
    for (const partition of [1, 3, 5]) await bench.put(partition, 2_500);
    await bench.untilPublished(1, 2_500);
    await bench.untilPublished(5, 2_500);
    await bench.untilLeft(1);
    expect([await bench.left(), (await bench.published())[3]]).toEqual([new Map([[3, 2_500]]), 0]);
    expect((await bench.metrics.troubled.get()).values[0]!.value).toBe(1);
    isDown = false;
    await bench.untilPublished(3, 2_500);
    await bench.untilLeft(0);
    // Nothing was published twice.
    expect(await bench.published()).toEqual(
      ALL.map((partition) => ([1, 3, 5].includes(partition) ? 2_500 : 0)),
    );
    expect((await bench.metrics.troubled.get()).values[0]!.value).toBe(0);
  });

  test('sets an outcome aside that Kafka or the schema does not take, and publishes all others of its row once, in order', async () => {
    await bench.put(2, 300);
    // Text that repeats nothing: it stays as large, whatever becomes of the batch.
    await bench.put(2, 1, { from: 300, reason: randomBytes(1_200_000).toString('base64') });
    await bench.put(2, 300, { from: 301 });
    await bench.put(2, 1, { from: 601, type: 'Nonsense' });
    await bench.put(2, 300, { from: 602 });
    await bench.inOneRow(2);
    await bench.put(4, 300);
    await bench.start();
    await bench.untilLeft(0);
    expect(await bench.published()).toEqual(
      ALL.map((partition) => (partition === 2 ? 900 : partition === 4 ? 300 : 0)),
    );
    expect(await bench.publishedIds(2)).toEqual(
      idsOf(
        2,
        upTo(902).filter((n) => n !== 300 && n !== 601),
      ),
    );
    const { rows } = await bench.pool.query(
      `SELECT partition, "offset"::int, outcome->>'bookId' AS book, reason <> '' AS explained FROM library.outbox_set_aside ORDER BY 2`,
    );
    expect(rows).toEqual(
      [300, 601].map((offset) => ({ partition: 2, offset, book: BOOKS[2], explained: true })),
    );
    expect((await bench.metrics.setAside.get()).values[0]!.value).toBe(2);
  });

  test('publishes what was set aside as soon as it is put back, as the decision on the relay says', async () => {
    await bench.put(6, 2, { type: 'Nonsense' });
    const relay = await bench.start();
    await bench.untilLeft(0);
    await bench.pool.query(
      `UPDATE library.outbox_set_aside SET outcome = outcome || '{"type": "ReservationClosed"}'`,
    );
    const decision = readFileSync('docs/decisions/0018-the-relay.md', 'utf8');
    await bench.pool.query(/```sql\n([^`]*)```/.exec(decision)![1]!);
    relay.wake();
    await bench.untilPublished(6, 2);
    expect(await bench.publishedIds(6)).toEqual(idsOf(6, [0, 1]));
  });

  test('sends no more bytes at once than Kafka takes, and so large outcomes as well', async () => {
    const sizes: number[] = [];
    await bench.start((attempt) => (topic, batches, options) => {
      for (const { records } of batches)
        sizes.push(records.reduce((sum, { value }) => sum + value.length, 0));
      return attempt(topic, batches, options);
    });
    await bench.put(7, 200, { reason: 'x'.repeat(16_000) });
    await bench.untilPublished(7, 200);
    expect(Math.max(...sizes)).toBeLessThan(800_000);
    expect((await bench.published())[7]).toBe(200);
  });

  test('publishes what it was told of from memory, in order and once, and reads back what it was not', async () => {
    const relay = await bench.start();
    // In the table they are of no use: only memory has what they hold.
    const inMemory = async (from: number, count: number) => {
      const { rows } = await bench.pool.query<{ id: string }>(
        `INSERT INTO library.outbox (partition, first_offset, last_offset, count, outcomes)
         VALUES (5, $1::bigint, $1::bigint + $2 - 1, $2, '[]') RETURNING id`,
        [from, count],
      );
      const entries = upTo(count).map((i): OutboxEntry => {
        const [eventId] = idsOf(5, [from + i]);
        const of = { bookId: BOOKS[5]!, reservationId: eventId!, userId: 'ann', occurredAt: 0 };
        const outcome = { type: 'ReservationClosed', eventId, ...of, status: 'cancelled', reason: null };
        return { offset: from + i, seq: 0, outcome: outcome as Outcome };
      });
      relay.wake({ partition: 5, row: rows[0]!.id, entries });
    };
    await inMemory(0, 3_500);
    await bench.put(5, 40, { from: 3_500, perRow: 7 });
    await inMemory(3_540, 700);
    await bench.untilPublished(5, 4_240);
    expect(await bench.publishedIds(5)).toEqual(idsOf(5, upTo(4_240)));
    await bench.untilLeft(0);
  });

  test('a row that cannot be read keeps up its own partition, and no other', async () => {
    await bench.pool.query(
      `INSERT INTO library.outbox (partition, first_offset, last_offset, count, outcomes) VALUES (8, 0, 0, 1, 'no JSON')`,
    );
    await bench.put(8, 5, { from: 1 });
    await bench.put(9, 5);
    await bench.start();
    await bench.untilPublished(9, 5);
    await bench.untilLeft(1);
    expect((await bench.published())[8]).toBe(0);
    await bench.pool.query(`DELETE FROM library.outbox WHERE outcomes = 'no JSON'`);
    await bench.untilPublished(8, 5);
  });

  test('reads as little of an outbox of 200,000 outcomes as of one of 1,000', async () => {
    const cost = async () => {
      const client = await bench.pool.connect();
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
        return [lock, await buffersOf(OLDEST_SQL, [ALL])] as const;
      } finally {
        client.release();
      }
    };
    await bench.put(0, 1_000, { perRow: 1 });
    // The worst the planner can know: that the table is small.
    await bench.pool.query('ANALYZE library.outbox');
    await cost();
    const [lock, take] = await cost();
    await bench.put(0, 199_000, { from: 1_000, perRow: 1 });
    const [lockThen, takeThen] = await cost();
    expect(lockThen).toBeLessThan(lock + 60);
    expect(takeThen).toBeLessThan(take + 60);
  });
});
