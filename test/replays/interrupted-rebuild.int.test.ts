import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { waitUntil } from '../../infra/local/wait';
import { Cli, library } from '../cli';
import { event } from '../environment';
import { viewsIn } from '../faults/replay';
import { ReplayEnvironment, story, take } from './replays';

describe('a rebuild that is interrupted, or is not alone', () => {
  let replays: ReplayEnvironment;

  beforeEach(async () => {
    replays = await ReplayEnvironment.create();
  });

  afterEach(() => replays.close());

  test('killed at any point, a rebuild leaves the live view as it was, and the next one goes through', async () => {
    await replays.start('availability');
    await replays.environment.append(take(story(), 6_000));
    await replays.caughtUp();
    const before = await viewsIn(replays.pool);
    let swapped = 0;
    for (const after of [300, 700, 1_000, 1_300, 1_600, 2_000]) {
      const cli = new Cli(['rebuild', 'availability'], replays.environment.env);
      await delay(after);
      const { code } = await cli.kill('SIGKILL');
      if (code === 0) swapped += 1;
      expect(await viewsIn(replays.pool)).toEqual(before);
    }
    expect(swapped).toBeLessThan(6);
    expect((await library(replays.environment.env, 'rebuild', 'availability')).code).toBe(0);
    expect(await viewsIn(replays.pool)).toEqual(before);
    const [more] = await replays.environment.append([
      event('BookReserved', { bookId: 'book-1', userId: 'late', reservationId: uuidv7() }),
    ]);
    expect(more).toBeDefined();
    await replays.caughtUp();
    expect((await viewsIn(replays.pool)).history).toHaveLength(before.history.length + 1);
    const { rowCount } = await replays.pool.query(
      `SELECT FROM pg_namespace WHERE nspname LIKE 'library_rebuild%'`,
    );
    expect(rowCount).toBe(0);
  }, 120_000);

  test('a second rebuild at the same time is refused', async () => {
    await replays.environment.append(take(story(), 6_000));
    const first = new Cli(['rebuild', 'availability'], replays.environment.env);
    await waitUntil(
      async () =>
        (await replays.pool.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'library_rebuild%'`))
          .rowCount === 1,
      { what: 'the first did not begin', timeout: 10_000, every: 5 },
    );
    const second = await library(replays.environment.env, 'rebuild', 'availability');
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is running already') as unknown,
    });
    expect((await first.done).code).toBe(0);
  });

  test('Ctrl-C ends a rebuild with 130 and leaves nothing behind', async () => {
    await replays.environment.append(take(story(), 6_000));
    const cli = new Cli(['rebuild', 'availability'], replays.environment.env);
    await waitUntil(
      async () =>
        (await replays.pool.query(`SELECT FROM pg_namespace WHERE nspname LIKE 'library_rebuild%'`))
          .rowCount === 1,
      { what: 'it did not begin', timeout: 10_000, every: 5 },
    );
    expect(await cli.kill('SIGINT')).toMatchObject({ code: 130 });
    const { rowCount } = await replays.pool.query(
      `SELECT FROM pg_namespace WHERE nspname LIKE 'library_rebuild%'`,
    );
    expect(rowCount).toBe(0);
  });
});
