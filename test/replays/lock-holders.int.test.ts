import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { waitUntil } from '../../infra/local/wait';
import { Cli, library } from '../cli';
import { LockHolder, succeeds, reading, ReplayEnvironment, story, take } from './replays';

describe('a rebuild whose live tables are in use', () => {
  let replays: ReplayEnvironment;

  beforeEach(async () => {
    replays = await ReplayEnvironment.create();
  });

  afterEach(() => replays.close());

  test('waits for a long transaction, names it, keeps readers waiting for a moment only, and swaps', async () => {
    const events = story();
    await replays.start('availability');
    await replays.environment.append(take(events, 1_000));
    await replays.caughtUp();
    const report = await LockHolder.begin(replays, 'monthly-report', 'SELECT count(*) FROM library.books');
    const stop = new AbortController();
    const read = reading(replays.environment, stop.signal);
    const cli = new Cli(['rebuild', 'availability'], replays.environment.env);
    await waitUntil(() => cli.stderr.includes('monthly-report'), {
      what: 'it did not say who holds the tables',
      timeout: 30_000,
    });
    expect(cli.stderr).toContain(`process ${report.pid}`);
    expect(cli.stderr).toContain('SELECT count(*) FROM library.books');
    // Longer than the rebuild would once wait; the view goes on meanwhile.
    await delay(20_000);
    await replays.environment.append(take(events, 100));
    await replays.caughtUp();
    await report.end();
    await succeeds(cli.done);
    stop.abort();
    expect(await read).toEqual([]);
    await succeeds(library(replays.environment.env, 'verify', 'availability'));
  }, 120_000);

  test('told to stop while it waits, it ends with 130 and keeps its work; the next one goes on with it', async () => {
    const events = story();
    await replays.start('demand');
    await replays.environment.append(take(events, 2_000));
    const vacuum = await LockHolder.begin(
      replays,
      'a manual vacuum',
      'LOCK TABLE library.demand_ids IN SHARE UPDATE EXCLUSIVE MODE',
    );
    const first = new Cli(['rebuild', 'demand'], replays.environment.env);
    await waitUntil(() => first.stderr.includes('a manual vacuum'), {
      what: 'it did not wait',
      timeout: 30_000,
    });
    const stopped = await first.kill('SIGTERM');
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('library_rebuild_demand');
    expect(stopped.stderr).toContain('the same command');
    await replays.environment.append(take(events, 100));
    await vacuum.end();

    const next = await library(replays.environment.env, 'rebuild', 'demand');
    expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining('goes on with') as unknown });
    await replays.demandCaughtUp();
    await succeeds(library(replays.environment.env, 'verify', 'demand'));
    expect(await replays.rebuildSchemas()).toEqual([]);
  }, 120_000);

  test('an autovacuum gives way to it', async () => {
    await replays.start('demand');
    await replays.environment.append(take(story(), 2_000));
    await replays.demandCaughtUp();
    const admin = new Client({ connectionString: replays.environment.config.DATABASE_URL });
    await admin.connect();
    try {
      await admin.query(`ALTER SYSTEM SET autovacuum_naptime = '1s'`);
      await admin.query('SELECT pg_reload_conf()');
      // So slow that it would take hours.
      await admin.query(
        `ALTER TABLE library.demand_ids SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
           autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)`,
      );
      await admin.query('UPDATE library.demand_ids SET kind = kind');
      const vacuums = async () =>
        (
          await admin.query<{ pid: number }>(
            `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'autovacuum: VACUUM % library.demand_ids%'`,
          )
        ).rows;
      await waitUntil(async () => (await vacuums()).length > 0, {
        what: 'no autovacuum came',
        timeout: 90_000,
      });
      await succeeds(library(replays.environment.env, 'rebuild', 'demand'));
    } finally {
      await admin.query('ALTER SYSTEM RESET autovacuum_naptime');
      await admin.query('SELECT pg_reload_conf()');
      await admin.end();
    }
  }, 180_000);
});
