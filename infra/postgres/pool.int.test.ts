import { setTimeout as delay } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../../test/servers';
import { TcpProxy } from '../../test/tcp-proxy';
import { createLogger } from '../logger';
import { isConnectionLost, isTransient } from './errors';
import { createPool } from './pool';
import { inTransaction } from './transaction';

const logger = createLogger('silent');

describe('a pool of connections to Postgres', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ proxy, url } = await TcpProxy.before(database.url));
  });

  afterAll(async () => {
    await proxy.close();
    await database.drop();
  });

  const failure = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  test('has every connection anew once one of them is silent, also those of the pools beside it', async () => {
    const [pool, other] = [1, 2].map(() => createPool(url, logger, { max: 4, statementTimeout: 200 }));
    const all = (of: typeof pool) => Promise.all([1, 2, 3, 4].map(() => of!.query('SELECT pg_sleep(0.05)')));
    await Promise.all([all(pool), all(other)]);
    proxy.silence();
    const error = await failure(pool!.query('SELECT 1'));
    expect([isTransient(error), isConnectionLost(error)]).toEqual([true, true]);
    const since = Date.now();
    await Promise.all([all(pool), all(other)]);
    expect(Date.now() - since).toBeLessThan(1_000);
    expect(proxy.silentConnections).toBe(0);
    await Promise.all([pool!.end(), other!.end()]);
  });

  test('keeps a connection on which the server has cancelled a statement that took too long', async () => {
    const pool = createPool(url, logger, { max: 1, statementTimeout: 200 });
    const pid = async () =>
      (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;
    await inTransaction(pool, async () => undefined);
    const error = await failure(inTransaction(pool, (client) => client.query('SELECT pg_sleep(5)')));
    expect([isTransient(error), isConnectionLost(error)]).toEqual([true, false]);
    expect(await pid()).toBe(await pid());
    await pool.end();
  });

  test('does not cut a long statement where none was given a limit', async () => {
    const pool = createPool(url, logger);
    const { rows } = await pool.query<{ statement: string; idle: string; keep: string }>(
      `SELECT current_setting('statement_timeout') AS statement, current_setting('tcp_keepalives_idle') AS keep,
              current_setting('idle_in_transaction_session_timeout') AS idle`,
    );
    expect(rows).toEqual([{ statement: '0', idle: '0', keep: '10' }]);
    expect(pool.options.query_timeout).toBeUndefined();
    await pool.end();
  });

  test('a transaction whose connection is lost between two statements fails, and nothing else does', async () => {
    const pool = createPool(url, logger, { max: 1 });
    const failed = await failure(
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        const killer = createPool(database.url, logger, { max: 1 });
        await killer.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
        await killer.end();
        await delay(200);
        await client.query('SELECT 1');
      }),
    );
    expect(isConnectionLost(failed)).toBe(true);
    expect((await pool.query('SELECT 1')).rowCount).toBe(1);
    await pool.end();
  });

  test('a transaction whose client has gone silent is ended by the server, which frees its locks', async () => {
    const options = {
      max: 1,
      statementTimeout: 500,
      settings: { idle_in_transaction_session_timeout: '1s' },
    };
    const pool = createPool(url, logger, options);
    const lost = failure(
      inTransaction(pool, async (client) => {
        await client.query('SELECT pg_advisory_xact_lock(7)');
        proxy.silence();
        await client.query('SELECT 1');
      }),
    );
    expect(isTransient(await lost)).toBe(true);
    const other = createPool(database.url, logger, { max: 1 });
    await other.query('SELECT pg_advisory_lock(7)');
    await Promise.all([pool.end(), other.end()]);
  });
});
