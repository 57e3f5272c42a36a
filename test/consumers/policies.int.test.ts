import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createLogger } from '../../infra/logger';
import { waitUntil } from '../../infra/local/wait';
import { partitionOf } from '../../infra/event-log/murmur2';
import { createPool } from '../../infra/postgres/pool';
import { createDecoder } from '../../schemas/codec/codec';
import { LIBRARY_EVENTS, type LibraryEvent } from '../../schemas/generated/events';
import { createRegistry } from '../../schemas/registry/registry';
import { PARTITIONS } from '../../schemas/topics';
import { createTestEnvironment, type TestEnvironment } from '../environment';
import { RoleProcess } from '../e2e/role-process';

const OVERDUE = 1_200;
const WITHIN = { what: 'the policy did not decide', timeout: 50_000 };

describe('the policy of pickup windows, on a view that stands still', () => {
  let environment: TestEnvironment;
  let policies: RoleProcess;
  let pool: Pool;

  beforeAll(async () => {
    environment = await createTestEnvironment();
    pool = createPool(environment.config.DATABASE_URL, createLogger('silent'));
    await pool.query(
      `INSERT INTO library.progress (consumer, topic, partition, next_offset, cluster_id)
       SELECT 'availability', $1, n, 0, 'c' FROM generate_series(0, $2 - 1) AS n`,
      [environment.topics.reservations, PARTITIONS],
    );
  });

  afterAll(async () => {
    await policies.stop();
    await pool.end();
    await environment.close();
  });

  /** Makes reservations whose windows are over, of a book each, in some partitions. @returns their IDs, also of the books */
  async function overdue(count: number, inPartition: (partition: number) => boolean): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) {
      const id = uuidv7();
      if (inPartition(partitionOf(Buffer.from(id), PARTITIONS))) ids.push(id);
    }
    const partitions = ids.map((id) => partitionOf(Buffer.from(id), PARTITIONS));
    await pool.query(
      `INSERT INTO library.reservations (book_id, reservation_id, user_id, status, copy_id, ticket, pickup_by, ready_since, reserved_at, updated_at, partition, "offset")
       SELECT id, id::uuid, 'ann', 'ready', 'c1', 1, now() - interval '1 hour', now() - interval '2 hours', now(), now(), partition, 0
         FROM unnest($1::text[], $2::int[]) AS r(id, partition)`,
      [ids, partitions],
    );
    return ids;
  }

  /** The expiries in the stream, in no order. */
  async function expiries(): Promise<Extract<LibraryEvent, { type: 'ReservationExpired' }>[]> {
    const registry = createRegistry(environment.config.SCHEMA_REGISTRY_URL);
    const decoder = createDecoder({ registry, schemas: LIBRARY_EVENTS });
    const topic = environment.topics.reservations;
    const found: LibraryEvent[] = [];
    for await (const { records } of environment.log.read(topic, {
      ranges: await environment.log.bounds(topic),
    })) {
      const values = records.map(({ value }) => value);
      await decoder.learn(values);
      found.push(...values.map((value) => decoder.decode(value)));
    }
    return found.filter((event) => event.type === 'ReservationExpired');
  }
  const expired = async () => (await expiries()).map(({ reservationId }) => reservationId).sort();

  test('decides on all that are overdue, on each once, and goes on where the view does', async () => {
    const first = await overdue(OVERDUE, (partition) => partition < 6);
    policies = await RoleProcess.start(['policies'], environment.env);
    await waitUntil(async () => (await expired()).length >= OVERDUE, WITHIN);
    expect(await expired()).toEqual(first.sort());

    // The view does not show what was appended: in those partitions nothing more is decided, in the others it is.
    const [held] = await overdue(1, (partition) => partition < 6);
    const [free] = await overdue(1, (partition) => partition >= 6);
    await waitUntil(async () => (await expired()).includes(free!), WITHIN);
    expect(await expired()).toEqual([...first, free!].sort());

    await pool.query(`UPDATE library.reservations SET status = 'expired' WHERE reservation_id <> $1`, [held]);
    const bounds = await environment.log.bounds(environment.topics.reservations);
    await pool.query(
      `UPDATE library.progress p SET next_offset = b."end"
         FROM unnest($1::int[], $2::bigint[]) AS b(partition, "end") WHERE p.partition = b.partition`,
      [bounds.map(({ partition }) => partition), bounds.map(({ end }) => end)],
    );
    await waitUntil(async () => (await expired()).includes(held!), WITHIN);
    expect(await expired()).toEqual([...first, free!, held!].sort());
  }, 120_000);
});
