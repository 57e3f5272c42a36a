import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { appendAll } from '../../../infra/event-log/append-all';
import type { Appender } from '../../../infra/event-log/log';
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
import { Relay } from './relay';
import { RelayMetrics } from './relay-metrics';

export const ALL = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** A book whose events are in the partition. */
export const BOOKS = ALL.map((partition) => {
  let n = 0;
  while (partitionOf(Buffer.from(`book-${n}`), PARTITIONS) !== partition) n += 1;
  return `book-${n}`;
});

/** The IDs of the outcomes that `put` makes of events of a partition. */
export const idsOf = (partition: number, offsets: readonly number[]) =>
  offsets.map((n) => asUuid(createHash('md5').update(`${partition} ${n}`).digest('hex')));

/** As Postgres writes any 32 digits. */
const asUuid = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const upTo = (end: number) => Array.from({ length: end }, (_, n) => n);

/** A relay on servers of its own topics and database, and what it works on. */
export class RelayBench {
  readonly metrics = new RelayMetrics(new Registry());
  relay: Relay | undefined;

  private constructor(
    readonly environment: TestEnvironment,
    readonly pool: Pool,
  ) {}

  static async open(): Promise<RelayBench> {
    const environment = await createTestEnvironment();
    return new RelayBench(
      environment,
      createViewPool(environment.config.DATABASE_URL, createLogger('silent')),
    );
  }

  async close(): Promise<void> {
    await this.relay?.close();
    await this.pool.end();
    await this.environment.close();
  }

  /** Starts a relay of all partitions. @param change what becomes of its attempts */
  async start(change: (attempt: Appender['attempt']) => Appender['attempt'] = (it) => it): Promise<Relay> {
    const { environment, pool, metrics } = this;
    const appender = environment.log.createAppender();
    const attempt = change((...all) => appender.attempt(...all));
    const limits = { partitions: PARTITIONS, timeout: 5_000 };
    const encoder = await createEncoder({
      registry: createRegistry(environment.config.SCHEMA_REGISTRY_URL),
      topic: environment.topics.outcomes,
      schemas: OUTCOMES,
    });
    const relay = (this.relay = new Relay({
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
    }));
    relay.assign(ALL);
    relay.start();
    return relay;
  }

  /**
   * Puts outcomes into the outbox, in rows of so many: those of events from an offset on.
   * @param reason their text; it makes them as large as they are
   */
  async put(
    partition: number,
    count: number,
    { from = 0, type = 'ReservationClosed', reason = '', perRow = 1_000 } = {},
  ): Promise<void> {
    await this.pool.query(
      `INSERT INTO library.outbox (partition, first_offset, last_offset, count, outcomes)
       SELECT $1, min(n), max(n), count(*), json_agg(json_build_array(n, 0, json_build_object('type', $4::text, 'eventId',
              md5($1::int || ' ' || n)::uuid, 'occurredAt', 0, 'bookId', $5::text, 'reservationId', gen_random_uuid(),
              'userId', 'ann', 'status', 'cancelled', 'reason', $6::text)) ORDER BY n)
         FROM generate_series($2::int, $2::int + $3::int - 1) AS n GROUP BY (n - $2::int) / $7::int ORDER BY 2`,
      [partition, from, count, type, BOOKS[partition], reason, perRow],
    );
  }

  /** As if one batch had decided all outcomes that a partition has in the outbox. */
  async inOneRow(partition: number): Promise<void> {
    await this.pool.query(
      `WITH gone AS (DELETE FROM library.outbox WHERE partition = $1 RETURNING *)
       INSERT INTO library.outbox (partition, first_offset, last_offset, count, outcomes)
       SELECT $1, min(first_offset), max(last_offset), count(*), json_agg(e.entry ORDER BY (e.entry->>0)::int)
         FROM gone, json_array_elements(gone.outcomes::json) AS e(entry)`,
      [partition],
    );
  }

  /** How many outcomes are on the topic, by partition. */
  async published(): Promise<number[]> {
    return (await this.environment.log.bounds(this.environment.topics.outcomes)).map(({ end }) => end);
  }

  /** The IDs of the outcomes on the topic, in their order. */
  async publishedIds(partition: number): Promise<string[]> {
    const { log, topics } = this.environment;
    const ids: string[] = [];
    const ranges = (await log.bounds(topics.outcomes)).filter((bound) => bound.partition === partition);
    for await (const { records } of log.read(topics.outcomes, { ranges }))
      ids.push(...records.map(({ headers }) => String(headers['ce_id'])));
    return ids;
  }

  /** How many outcomes are in the outbox, by partition. */
  async left(): Promise<Map<number, number>> {
    const { rows } = await this.pool.query<{ partition: number; left: number }>(
      `SELECT partition, sum(count - done)::int AS left FROM library.outbox GROUP BY partition ORDER BY partition`,
    );
    return new Map(rows.map(({ partition, left }) => [partition, left]));
  }

  untilPublished(partition: number, count: number): Promise<void> {
    return waitUntil(async () => (await this.published())[partition]! >= count, {
      what: `partition ${partition} was not published`,
      timeout: 60_000,
      every: 5,
    });
  }

  untilLeft(partitions: number): Promise<void> {
    return waitUntil(async () => (await this.left()).size === partitions, {
      what: 'the outbox was not emptied',
      timeout: 60_000,
    });
  }
}
