import type { Pool } from 'pg';
import { FencedError, StreamMismatchError } from '../../../infra/event-log/log';
import { createLogger } from '../../../infra/logger';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { createTestDatabase, type TestDatabase } from '../../../test/servers';
import { event } from '../../../test/environment';
import { migrate, readMigrations } from '../../prisma/migrate';
import { CheckpointHeldError, Checkpoints } from '../../projector/checkpoint';
import type { ProjectionBatch } from '../../projector/projection';
import { createViewPool } from '../../projector/view-pool';
import { AvailabilityProjection } from './projection';

describe('the fence of a partition', () => {
  let database: TestDatabase;
  let pool: Pool;
  const projection = () => new AvailabilityProjection({ pool, topic: 't', rules: { pickupWindow: 1_000 } });
  const checkpoints = (cluster = 'cluster-1', topicId?: string) =>
    new Checkpoints(pool, 'availability', 't', {
      identity: () => Promise.resolve(cluster),
      topicId: () => Promise.resolve(topicId),
    });

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, readMigrations('consumer/prisma/migrations'));
    pool = createViewPool(database.url, createLogger('silent'));
  });

  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const batch = (
    partition: number,
    fromOffset: number,
    events: LibraryEvent[],
  ): ProjectionBatch<LibraryEvent> => ({
    partition,
    fromOffset,
    nextOffset: fromOffset + events.length,
    epoch: 0,
    events: events.map((e, i) => ({
      event: e,
      position: { partition, offset: fromOffset + i },
      timestamp: e.occurredAt,
    })),
  });
  const book = (bookId: string) =>
    event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null });
  const history = async (bookId: string) =>
    (await pool.query('SELECT 1 FROM library.history WHERE book_id = $1', [bookId])).rowCount;

  test('lets one of several instances store a batch, and the others change nothing', async () => {
    await checkpoints().stateOf(0);
    const events = [book('a'), event('CopyAdded', { bookId: 'a', copyId: 'c1' })];
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => projection().project(batch(0, 0, events))),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(FencedError);
    expect(await history('a')).toBe(2);
    expect(await checkpoints().stateOf(0)).toEqual({ offset: 2, epoch: 0, blocked: new Set() });
  });

  test('refuses an instance whose cached books are older than what another one has stored', async () => {
    await checkpoints().stateOf(1);
    const [slow, quick] = [projection(), projection()];
    await slow.project(batch(1, 0, [book('b')]));
    await quick.project(batch(1, 1, [event('CopyAdded', { bookId: 'b', copyId: 'c1' })]));
    const late = batch(1, 1, [
      event('BookReserved', {
        bookId: 'b',
        reservationId: '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37',
        userId: 'ann',
      }),
    ]);
    await expect(slow.project(late)).rejects.toThrow(FencedError);
    // It has forgotten what it knew: from the right position on, it sees the copy that the other one added.
    await slow.project({
      ...late,
      ...batch(
        1,
        2,
        late.events.map((e) => e.event),
      ),
    });
    const { rows } = await pool.query('SELECT status, copy_id FROM library.reservations WHERE book_id = $1', [
      'b',
    ]);
    expect(rows).toEqual([{ status: 'ready', copy_id: 'c1' }]);
  });

  test('refuses an instance of an earlier epoch: the view was changed otherwise than by reading on', async () => {
    await checkpoints().stateOf(3);
    const remembering = projection();
    await remembering.project(batch(3, 0, [book('e')]));
    await pool.query('UPDATE library.progress SET epoch = epoch + 1 WHERE partition = 3');
    const late = batch(3, 1, [event('CopyAdded', { bookId: 'e', copyId: 'c1' })]);
    await expect(remembering.project(late)).rejects.toThrow(FencedError);
    expect(await history('e')).toBe(1);
    await remembering.project({ ...late, epoch: (await checkpoints().stateOf(3)).epoch });
    expect(await history('e')).toBe(2);
  });

  test('the checkpoint is not given out while it is held for a rebuilt view', async () => {
    await checkpoints().stateOf(4);
    await pool.query(
      `UPDATE library.progress SET held_until = now() + interval '1 minute' WHERE partition = 4`,
    );
    await expect(checkpoints().stateOf(4)).rejects.toThrow(CheckpointHeldError);
    await pool.query(
      `UPDATE library.progress SET held_until = now() - interval '1 second' WHERE partition = 4`,
    );
    expect(await checkpoints().stateOf(4)).toMatchObject({ offset: 0 });
  });

  test('refuses positions that were taken from another cluster', async () => {
    await checkpoints('cluster-1').stateOf(2);
    await expect(checkpoints('cluster-2').stateOf(2)).rejects.toThrow(StreamMismatchError);
  });

  test('refuses positions that were taken from an earlier topic of the same name, and learns its ID where none is stored', async () => {
    await checkpoints().stateOf(5);
    await checkpoints('cluster-1', 'one').stateOf(5);
    await checkpoints('cluster-1', 'one').stateOf(5);
    await expect(checkpoints('cluster-1', 'two').stateOf(5)).rejects.toThrow(
      'The topic t was deleted and made anew since the views were read from it: its ID was one, and is two.',
    );
    await checkpoints().stateOf(5);
    await checkpoints('cluster-1', 'one').stateOf(6);
    await expect(checkpoints('cluster-1', 'two').stateOf(6)).rejects.toThrow(StreamMismatchError);
  });

  test('stands behind the last guards: the database refuses what would promise a copy twice', async () => {
    await pool.query(`INSERT INTO library.reservations (book_id, reservation_id, user_id, status, copy_id, ticket, pickup_by, reserved_at, updated_at, partition, "offset")
      VALUES ('g', gen_random_uuid(), 'ann', 'ready', 'c1', 1, now(), now(), now(), 0, 0)`);
    const second = (user: string, copy: string | null, status: string) =>
      pool.query(
        `INSERT INTO library.reservations (book_id, reservation_id, user_id, status, copy_id, ticket, pickup_by, reserved_at, updated_at, partition, "offset")
         VALUES ('g', gen_random_uuid(), $1, $3, $2, 2, now(), now(), now(), 0, 1)`,
        [user, copy, status],
      );
    await expect(second('bob', 'c1', 'ready')).rejects.toThrow('reservations_one_ready_per_copy');
    await expect(second('bob', null, 'ready')).rejects.toThrow('reservations_ready_has_copy');
  });
});
