import { v7 as uuidv7 } from 'uuid';
import type { Position } from '../../infra/event-log/log';
import { waitUntil } from '../../infra/local/wait';
import { Cli, library } from '../cli';
import { deadLetterOf } from '../dead-letters';
import { event } from '../environment';
import { LockHolder, succeeds, ReplayEnvironment, story, take } from './replays';

describe('a rebuild during which something else changes', () => {
  let replays: ReplayEnvironment;

  beforeEach(async () => {
    replays = await ReplayEnvironment.create();
  });

  afterEach(() => replays.close());

  /** Starts a rebuild that has caught up and cannot swap, since somebody reads the live tables. */
  async function waitingRebuild(env = replays.environment.env): Promise<{ cli: Cli; reader: LockHolder }> {
    const reader = await LockHolder.begin(replays, 'a-reader', 'SELECT FROM library.books');
    const cli = new Cli(['rebuild', 'availability'], env);
    await waitUntil(() => cli.stderr.includes('a-reader'), { what: 'it does not wait', timeout: 40_000 });
    return { cli, reader };
  }

  const garbage = (bookId: string) => ({
    ...replays.environment.encode(event('CopyAdded', { bookId, copyId: 'c9' })),
    value: Buffer.from('not an event'),
  });

  test('dead letters that the live view has not reached come along with the rebuilt one', async () => {
    const { environment, pool } = replays;
    await replays.start('availability');
    const events = story();
    await environment.append(take(events, 500));
    const [known] = await environment.appendRecords([garbage('book-1')]);
    await replays.caughtUp();
    await replays.killRoles();
    const [beyond] = await environment.appendRecords([garbage('book-2')]);
    const wish = (bookId: string) =>
      event('BookReserved', { bookId, userId: 'late', reservationId: uuidv7() });
    await environment.append([wish('book-2'), wish('book-1')]);
    await environment.append(take(events, 100));

    await succeeds(library(environment.env, 'rebuild', 'availability'));
    const { rows: dead } = await pool.query<Position>(
      `SELECT partition, "offset"::int AS "offset" FROM library.dead_letters WHERE status = 'dead'`,
    );
    expect(dead).toEqual(expect.arrayContaining([known, beyond]));
    const { rows: held } = await pool.query<object>(
      `SELECT partition, from_offset::int AS "offset", book_id, parked > 0 AS parked FROM library.held_books ORDER BY book_id`,
    );
    expect(held).toEqual([
      { ...known, book_id: 'book-1', parked: true },
      { ...beyond, book_id: 'book-2', parked: true },
    ]);
    expect(await deadLetterOf(environment, beyond!)).toBeDefined();
    await replays.start('availability');
    await replays.caughtUp();
    await succeeds(library(environment.env, 'verify', 'availability'));
  }, 120_000);

  const discard = ({ partition, offset }: Position) =>
    succeeds(library(replays.environment.env, 'dead-letters', 'discard', `${partition}:${offset}`));

  test('a record that is discarded before the rebuild comes to it is left out', async () => {
    const { environment } = replays;
    await replays.start('availability');
    const events = story();
    await environment.append(take(events, 500));
    await replays.caughtUp();
    const at = Date.now() + 1;
    await waitUntil(() => Date.now() > at, { what: 'time stood still', timeout: 1_000, every: 1 });
    const [dead] = await environment.appendRecords([garbage('book-1')]);
    await environment.append(take(events, 100));
    await replays.caughtUp();
    await succeeds(library(environment.env, 'rebuild', 'availability', '--until', `@${at}`));
    await discard(dead!);
    const { stderr } = await succeeds(library(environment.env, 'rebuild', 'availability'));
    expect(stderr).toContain('It goes on with the 500 records');
    await succeeds(library(environment.env, 'verify', 'availability'));
  }, 120_000);

  test('one that is discarded after both have set it aside keeps the rebuilt view waiting, and it says why', async () => {
    const { environment } = replays;
    await replays.start('availability');
    await environment.append(take(story(), 500));
    const [dead] = await environment.appendRecords([garbage('book-1')]);
    await replays.caughtUp();
    const { cli, reader } = await waitingRebuild();
    await discard(dead!);
    await reader.end();
    await waitUntil(() => cli.stderr.includes('--anew'), { what: 'it does not say', timeout: 40_000 });
    expect(cli.stderr).toContain(`has set aside the record ${dead!.partition}:${dead!.offset}`);
    expect((await cli.kill('SIGINT')).code).toBe(130);
    await succeeds(library(environment.env, 'rebuild', 'availability', '--anew'));
    await succeeds(library(environment.env, 'verify', 'availability'));
  }, 120_000);

  test('a pickup window that changes meanwhile counts in the rebuilt view from the same event on', async () => {
    const { environment } = replays;
    await replays.start('availability');
    const events = story();
    await environment.append(take(events, 500));
    await replays.caughtUp();
    const { cli, reader } = await waitingRebuild();
    await replays.stopRoles();
    await environment.append(take(events, 200));
    await replays.startWith({ PICKUP_WINDOW: '3d' }, 'availability');
    await replays.caughtUp();
    await reader.end();
    await succeeds(cli.done);
    await environment.append(take(events, 200));
    await replays.caughtUp();
    await succeeds(library(environment.env, 'verify', 'availability'));
  }, 120_000);

  test('a rebuilt view that was ahead, and has counted with another window, does not take the live one’s place', async () => {
    const { environment } = replays;
    await replays.start('availability');
    const events = story();
    await environment.append(take(events, 500));
    await replays.caughtUp();
    await replays.stopRoles();
    await environment.append(take(events, 500));
    const { cli, reader } = await waitingRebuild();
    await replays.startWith({ PICKUP_WINDOW: '3d' }, 'availability');
    await replays.caughtUp();
    await reader.end();
    expect(await cli.done).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('pickup window') as unknown,
    });
    await succeeds(library(environment.env, 'verify', 'availability'));
    await succeeds(library(environment.env, 'rebuild', 'availability'));
    await succeeds(library(environment.env, 'verify', 'availability'));
  }, 120_000);

  test('the window of events that only the rebuilt view has projected is recorded for later replays', async () => {
    const { environment } = replays;
    const events = story();
    await environment.append(take(events, 500));
    await succeeds(library({ ...environment.env, PICKUP_WINDOW: '1d' }, 'rebuild', 'availability'));
    await replays.startWith({ PICKUP_WINDOW: '3d' }, 'availability');
    await environment.append(take(events, 200));
    await replays.caughtUp();
    await succeeds(library(environment.env, 'verify', 'availability'));
  }, 120_000);

  test('notices that are settled are not touched while the live tables are locked', async () => {
    const { environment, pool } = replays;
    await replays.start('availability', 'notices');
    await environment.append(take(story(), 1_000));
    await replays.caughtUp();
    await waitUntil(
      async () => (await pool.query(`SELECT FROM library.notices WHERE status = 'pending'`)).rowCount === 0,
      { what: 'notices were not delivered', timeout: 60_000 },
    );
    const before = await pool.query(`SELECT * FROM library.notices ORDER BY notice_id`);
    await succeeds(library(environment.env, 'rebuild', 'notices'));
    expect((await pool.query(`SELECT * FROM library.notices ORDER BY notice_id`)).rows).toEqual(before.rows);
    // The transaction of the swap created a new version of no notice.
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM library.notices
        WHERE xmin IN (SELECT xmin FROM library.progress WHERE consumer = 'notices')`,
    );
    expect([before.rowCount! > 100, rows[0]!.n]).toEqual([true, 0]);
  }, 120_000);
});
