import { library } from '../cli';
import { viewsIn } from '../faults/replay';
import { ReplayEnvironment, story, take } from './replays';

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
});
