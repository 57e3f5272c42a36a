import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { waitUntil } from '../../infra/local/wait';
import { Cli, library } from '../cli';
import { event } from '../environment';
import { viewsIn } from '../faults/replay';
import { ReplayEnvironment, story, succeeds, take } from './replays';

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
    // Stopped, so that the first cannot end before the second has looked.
    first.child.kill('SIGSTOP');
    const second = await library(replays.environment.env, 'rebuild', 'availability');
    first.child.kill('SIGCONT');
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is running already') as unknown,
    });
    expect((await first.done).code).toBe(0);
  });

  test('killed in its midst, it goes on where it was; its result is that of a rebuild in one go', async () => {
    const events = story();
    await replays.start('availability');
    await replays.environment.append(take(events, 12_000));
    await replays.caughtUp();
    const before = await viewsIn(replays.pool);
    const cli = new Cli(['rebuild', 'availability'], replays.environment.env);
    await waitUntil(async () => (await recordsIn('library_rebuild_availability')) > 1_000, {
      what: 'it did not begin',
      timeout: 30_000,
      every: 5,
    });
    await cli.kill('SIGKILL');
    const kept = await recordsIn('library_rebuild_availability');
    expect(kept).toBeLessThan(12_000);
    const { stderr } = await succeeds(library(replays.environment.env, 'rebuild', 'availability'));
    // A batch that was being committed when the process died can come after the look at what was kept.
    const goesOnWith = /It goes on with the ([\d,]+) records/.exec(stderr)?.[1]?.replaceAll(',', '');
    expect(Number(goesOnWith)).toBeGreaterThanOrEqual(kept);
    expect(Number(goesOnWith)).toBeLessThan(12_000);
    expect(await viewsIn(replays.pool)).toEqual(before);
    expect(await replays.rebuildSchemas()).toEqual([]);
  }, 120_000);

  test('Ctrl-C ends a rebuild with 130 and keeps its work; --anew starts without it', async () => {
    await replays.environment.append(take(story(), 6_000));
    const cli = new Cli(['rebuild', 'availability'], replays.environment.env);
    await waitUntil(async () => (await recordsIn('library_rebuild_availability')) > 100, {
      what: 'it did not begin',
      timeout: 30_000,
      every: 5,
    });
    const { code, stderr } = await cli.kill('SIGINT');
    expect([code, stderr]).toEqual([130, expect.stringContaining('library_rebuild_availability') as unknown]);
    expect(await replays.rebuildSchemas()).toEqual(['library_rebuild_availability']);
    const anew = await succeeds(library(replays.environment.env, 'rebuild', 'availability', '--anew'));
    expect(anew.stderr).not.toContain('goes on');
    expect(await replays.rebuildSchemas()).toEqual([]);
  });

  test('what another version of the program has left is not continued, and it says so', async () => {
    await replays.environment.append(take(story(), 500));
    await replays.pool.query(
      `CREATE SCHEMA library_rebuild_demand; COMMENT ON SCHEMA library_rebuild_demand IS 'library rebuild {"code":"old"}'`,
    );
    const { stderr } = await succeeds(library(replays.environment.env, 'rebuild', 'demand'));
    expect(stderr).toContain('It starts anew');
  });

  /** How many records a rebuilt view has projected. */
  async function recordsIn(schema: string): Promise<number> {
    const { rows } = await replays.pool
      .query<{ n: number }>(`SELECT coalesce(sum(next_offset), 0)::int AS n FROM ${schema}.progress`)
      .catch(() => ({ rows: [{ n: 0 }] }));
    return rows[0]!.n;
  }
});
