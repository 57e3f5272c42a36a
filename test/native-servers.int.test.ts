import pg from 'pg';
import { startServers, type ServerSet } from './servers';
import { postgresAnswers } from '../infra/postgres/admin';

describe("a Postgres of one's own", () => {
  let set: ServerSet;
  beforeAll(async () => {
    set = await startServers({ servers: ['postgres'] });
  }, 120_000);
  afterAll(() => set.close());

  async function query(text: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: set.databaseUrl });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  test('keeps what was committed through kill -9, and is on the same port again', async () => {
    await query('CREATE TABLE kept AS SELECT 1 AS one');
    await set.postgres?.kill();
    expect(await postgresAnswers(set.databaseUrl)).toBe(false);
    await set.postgres?.start();
    expect(await query('SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });

  test('keeps it through an orderly stop as well', async () => {
    await query('CREATE TABLE kept_too AS SELECT 2 AS two');
    await set.postgres?.stop();
    await set.postgres?.start();
    expect(await query('SELECT two FROM kept_too')).toEqual([{ two: 2 }]);
  });

  test('knows the upper and lower case of all letters', async () => {
    expect(await query("SELECT lower('ÀÉΣЖ') AS lower")).toEqual([{ lower: 'àéσж' }]);
  });
});
