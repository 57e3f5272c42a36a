import { Client } from 'pg';
import { waitUntil } from '../../infra/local/wait';
import { library } from '../cli';
import { viewsIn } from '../faults/replay';
import { BOOKS, ReplayEnvironment, story, take } from './replays';

describe('the views of the past', () => {
  let replays: ReplayEnvironment;

  beforeEach(async () => {
    replays = await ReplayEnvironment.create();
  });

  afterEach(() => replays.close());

  test('the views of the past are as they were, and an analyst may read them and nothing else', async () => {
    await replays.start('availability', 'demand', 'notices');
    const events = story();
    await replays.environment.append(take(events, 600));
    await replays.caughtUp();
    const then = await viewsIn(replays.pool);
    const before = Date.now();
    await waitUntil(() => Date.now() > before, { what: 'time stood still', timeout: 1_000, every: 1 });
    const at = new Date().toISOString();
    await replays.environment.append(take(events, 600));
    await replays.caughtUp();

    const made = await library(replays.environment.env, 'as-of', `@${at}`, '--schema', 'that_day');
    expect(made).toMatchObject({ code: 0, stdout: `The views as of ${at} are in the schema that_day.\n` });
    expect(await viewsIn(replays.pool, 'that_day')).toEqual(then);
    const { rows } = await replays.pool.query<{ table_name: string }>(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = 'that_day' ORDER BY 1`,
    );
    expect(rows.map(({ table_name: name }) => name)).toEqual([
      ...[
        'books',
        'copies',
        'dead_letters',
        'demand_daily',
        'held_books',
        'history',
        'notices',
        'progress',
        'reservations',
      ],
    ]);
    // Again under the same name: it is one of ours.
    expect((await library(replays.environment.env, 'as-of', `@${at}`, '--schema', 'that_day')).code).toBe(0);

    const analyst = new Client({ connectionString: replays.environment.config.DATABASE_URL });
    await analyst.connect();
    await analyst.query('SET ROLE library_analyst');
    expect((await analyst.query('SELECT * FROM that_day.books')).rowCount).toBe(BOOKS);
    expect((await analyst.query('SELECT * FROM library.reservations')).rowCount).toBeGreaterThan(0);
    await expect(analyst.query('DELETE FROM that_day.books')).rejects.toThrow('permission denied');
    await expect(analyst.query('DELETE FROM library.books')).rejects.toThrow('permission denied');
    await analyst.end();
  }, 60_000);

  test('a schema that is not ours is not touched', async () => {
    await replays.pool.query('CREATE SCHEMA theirs');
    for (const schema of ['theirs', 'library', 'public', 'Nope; DROP'])
      expect((await library(replays.environment.env, 'as-of', '@-1h', '--schema', schema)).code).toBe(2);
    const future = await library(replays.environment.env, 'as-of', '@2999-01-01', '--schema', 'x');
    expect([future.code, future.stderr]).toEqual([2, expect.stringContaining('is still to come')]);
    expect((await library(replays.environment.env, 'as-of', 'yesterday-ish', '--schema', 'x')).code).toBe(2);
    expect((await library(replays.environment.env, 'rebuild', 'nothing')).code).toBe(2);
  });
});
