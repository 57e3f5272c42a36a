import { v7 as uuidv7 } from 'uuid';
import { waitUntil } from '../../infra/local/wait';
import { library } from '../cli';
import { event } from '../environment';
import { viewsIn } from '../faults/replay';
import { outcomeIds, reading, ReplayEnvironment, story, succeeds, take } from './replays';

describe('a rebuild', () => {
  let replays: ReplayEnvironment;

  beforeEach(async () => {
    replays = await ReplayEnvironment.create();
  });

  afterEach(() => replays.close());

  test('a rebuilt view takes the live one’s place under load: reads go on, and nobody is told anything twice', async () => {
    await replays.start('availability', 'demand', 'notices');
    const events = story();
    await replays.environment.append(take(events, 4_000));
    await replays.caughtUp();
    await replays.pool.query(`UPDATE library.books SET title = 'damaged'`);
    await replays.pool.query(`UPDATE library.demand_daily SET reservations = 0`);
    expect((await library(replays.environment.env, 'verify')).code).toBe(1);

    const stop = new AbortController();
    const read = reading(replays.environment, stop.signal);
    const writing = (async () => {
      while (!stop.signal.aborted) await replays.environment.append(take(events, 20));
    })();
    const rebuilds = await Promise.all(
      ['availability', 'demand', 'notices'].map((view) =>
        succeeds(library(replays.environment.env, 'rebuild', view)),
      ),
    ).finally(() => stop.abort());
    await writing;
    expect(rebuilds.map(({ code, stderr }) => [code, /error|fail/i.exec(stderr)?.input])).toEqual([
      [0, undefined],
      [0, undefined],
      [0, undefined],
    ]);
    expect(await read).toEqual([]);

    await replays.caughtUp();
    const verified = await library(replays.environment.env, 'verify');
    expect([verified.code, verified.stdout]).toEqual([
      0,
      expect.stringMatching(/availability: equal.*\n.*demand: equal.*\n.*notices: equal/) as unknown,
    ]);
    const ids = await outcomeIds(replays.environment);
    const { rows } = await replays.pool.query<{ ready: number }>(
      `SELECT count(*)::int AS ready FROM library.history WHERE type = 'BookReserved'`,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(rows[0]!.ready);
    const notices = await replays.pool.query(`SELECT FROM library.notices WHERE status <> 'delivered'`);
    expect(notices.rowCount).toBe(0);
  }, 120_000);

  test('what the live view had not come to yet is told when the rebuilt one takes its place', async () => {
    await replays.start('availability');
    const events = story();
    await replays.environment.append(take(events, 1_000));
    await replays.caughtUp();
    await replays.killRoles();
    await replays.environment.append(take(events, 1_000));
    await succeeds(library(replays.environment.env, 'rebuild', 'availability'));
    expect((await library(replays.environment.env, 'verify', 'availability')).code).toBe(0);
    await replays.start('availability');
    await replays.caughtUp();
    const ids = await outcomeIds(replays.environment);
    const { rows } = await replays.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM library.history WHERE type = 'BookReserved'`,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(rows[0]!.n);
  }, 60_000);

  test('a projector at work forgets the books as the view before had them', async () => {
    await replays.environment.append(take(story(), 500));
    await replays.start('availability');
    await replays.caughtUp();
    await replays.stopRoles();
    await replays.pool.query(`DELETE FROM library.copies WHERE book_id = 'book-3'`);
    await replays.pool.query(
      `UPDATE library.reservations SET status = 'expired', copy_id = NULL WHERE book_id = 'book-3'`,
    );
    await replays.start('availability');
    const wish = (userId: string) =>
      event('BookReserved', { bookId: 'book-3', userId, reservationId: uuidv7() });
    await replays.environment.append([wish('before')]);
    await replays.caughtUp();
    await succeeds(library(replays.environment.env, 'rebuild', 'availability'));
    await replays.environment.append([
      wish('after'),
      event('CopyWithdrawn', { bookId: 'book-3', copyId: 'c2' }),
    ]);
    await replays.caughtUp();
    expect(await library(replays.environment.env, 'verify', 'availability')).toMatchObject({ code: 0 });
  });

  test('a view as it was, made for looking at, does not take the place of one that knows more', async () => {
    await replays.start('availability');
    const events = story();
    await replays.environment.append(take(events, 500));
    await replays.caughtUp();
    const at = Date.now() + 1;
    await waitUntil(() => Date.now() > at, { what: 'time stood still', timeout: 1_000, every: 1 });
    await replays.environment.append(take(events, 500));
    await replays.caughtUp();
    const live = await viewsIn(replays.pool);
    const { stdout } = await succeeds(
      library(replays.environment.env, 'rebuild', 'availability', '--until', `@${at}`),
    );
    expect(stdout).toContain('library_rebuild_availability');
    expect(await viewsIn(replays.pool)).toEqual(live);
    expect((await viewsIn(replays.pool, 'library_rebuild_availability')).history).toHaveLength(500);
  });
});
