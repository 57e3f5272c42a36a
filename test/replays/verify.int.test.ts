import { v7 as uuidv7 } from 'uuid';
import { library } from '../cli';
import { event } from '../environment';
import { viewsIn } from '../faults/replay';
import { ReplayEnvironment, story, succeeds, take } from './replays';

describe('a verification', () => {
  let replays: ReplayEnvironment;

  beforeEach(async () => {
    replays = await ReplayEnvironment.create();
  });

  afterEach(() => replays.close());

  test('verification names the first book that differs, and what differs', async () => {
    await replays.start('availability');
    await replays.environment.append(take(story(), 500));
    await replays.caughtUp();
    await replays.pool.query(
      `UPDATE library.copies SET user_id = 'mallory' WHERE book_id = 'book-7' AND status = 'reserved'`,
    );
    await replays.pool.query(`DELETE FROM library.history WHERE book_id = 'book-9'`);
    const { code, stdout } = await library(replays.environment.env, 'verify', 'availability');
    expect(code).toBe(1);
    expect(stdout).toContain('availability: 2 of');
    expect(stdout).toContain('first: book book-7, table copies, then book-9');
    expect(stdout).toMatch(/only in the live view: .*mallory/);
  });

  test('a replay counts with the pickup windows that counted then', async () => {
    const events = story();
    await replays.environment.append(take(events, 300));
    await replays.start('availability');
    await replays.caughtUp();
    await replays.stopRoles();
    await replays.startWith({ PICKUP_WINDOW: '3d' }, 'availability');
    await replays.environment.append(take(events, 300));
    await replays.caughtUp();
    const env = { ...replays.environment.env, PICKUP_WINDOW: '12h' };
    expect((await library(env, 'verify', 'availability')).stdout).toContain('availability: equal');
    const before = await viewsIn(replays.pool);
    expect((await library(env, 'rebuild', 'availability')).code).toBe(0);
    expect(await viewsIn(replays.pool)).toEqual(before);
  });

  test('demand is replayed with them too, and ends of windows that it has stored otherwise are not compared', async () => {
    const DAY = 86_400_000;
    const start = Date.UTC(2026, 0, 1);
    const ready = (bookId: string, reservationId: string) => [
      event('BookCatalogued', { bookId, title: 'T', authors: [], isbn: null, year: null }),
      event('CopyAdded', { bookId, copyId: 'c1' }),
      event('BookReserved', { bookId, reservationId, userId: 'ann' }, start),
    ];
    /** Another program's expiry, which names the window by its end alone; then ann reserves again, which is refused if that had no effect. */
    const expired = (bookId: string, reservationId: string, days: number) => [
      event('ReservationExpired', {
        ...{ bookId, reservationId, pickupBy: start + days * DAY, readySince: null },
      }),
      event('BookReserved', { bookId, reservationId: uuidv7(), userId: 'ann' }, start),
    ];
    const counted = async () =>
      (
        await replays.pool.query(
          'SELECT book_id, reservations FROM library.demand_daily ORDER BY book_id COLLATE "C"',
        )
      ).rows.map((row: { book_id: string; reservations: number }) => [row.book_id, row.reservations]);
    const caughtUp = async () => {
      await replays.caughtUp();
      await replays.demandCaughtUp();
    };
    const [old, recent, open] = [uuidv7(), uuidv7(), uuidv7()];
    await replays.start('availability', 'demand');
    await replays.environment.append([...ready('old', old), ...expired('old', old, 3)]);
    await caughtUp();
    await replays.stopRoles();
    await replays.startWith({ PICKUP_WINDOW: '3d' }, 'availability', 'demand');
    await replays.environment.append([
      ...[...expired('old', old, 7), ...ready('recent', recent), ...expired('recent', recent, 7)],
      ...expired('recent', recent, 3),
      ...[...ready('open', open), ...expired('open', open, 7)],
    ]);
    await caughtUp();
    const expected = [
      ['old', 2],
      ['open', 1],
      ['recent', 2],
    ];
    expect(await counted()).toEqual(expected);
    const env = { ...replays.environment.env, PICKUP_WINDOW: '12h' };
    const verify = async () => (await succeeds(library(env, 'verify', 'demand'))).stdout;
    expect(await verify()).toContain('demand: equal');
    // As versions have stored it that did not know how long windows are.
    const { rowCount } = await replays.pool.query(
      `UPDATE library.demand_state SET change = jsonb_set(change, '{reservation,pickupBy}', change->'reservation'->'readySince')
        WHERE change->'reservation'->>'status' = 'ready'`,
    );
    expect(rowCount).toBe(3);
    expect(await verify()).toContain('demand: equal');
    await succeeds(library(env, 'rebuild', 'demand'));
    expect(await counted()).toEqual(expected);
    expect(await verify()).toContain('demand: equal');
  });
});
