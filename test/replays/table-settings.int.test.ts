import { Client } from 'pg';
import { waitUntil } from '../../infra/local/wait';
import { Cli, library } from '../cli';
import { ReplayEnvironment, story, succeeds, take } from './replays';

/** Each sets something on a live table that no migration makes, with a query whose answer must be the same after a rebuild. */
const SETTINGS: Readonly<Record<string, readonly [statement: string, query: string]>> = {
  'a column grant with grant option': [
    'GRANT SELECT (book_id), UPDATE (reservations) ON library.demand_daily TO reporter WITH GRANT OPTION',
    `SELECT column_name, privilege_type, is_grantable FROM information_schema.column_privileges
      WHERE grantee = 'reporter' AND table_name = 'demand_daily'`,
  ],
  'a table grant with grant option': [
    'GRANT DELETE ON library.demand_ids TO reporter WITH GRANT OPTION',
    `SELECT privilege_type, is_grantable FROM information_schema.table_privileges WHERE grantee = 'reporter'`,
  ],
  'a privilege that was taken away': [
    'REVOKE ALL ON library.demand_daily FROM library_analyst',
    `SELECT has_table_privilege('library_analyst', 'library.demand_daily', 'SELECT')`,
  ],
  'row security with a policy': [
    `ALTER TABLE library.demand_daily ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
     CREATE POLICY known_books ON library.demand_daily AS RESTRICTIVE FOR SELECT TO reporter
       USING (book_id IN (SELECT s.book_id FROM library.demand_state s));
     CREATE POLICY everything ON library.demand_daily USING (true) WITH CHECK (reservations >= 0)`,
    `SELECT policyname, permissive, roles::text, cmd, qual, with_check, c.relrowsecurity, c.relforcerowsecurity
       FROM pg_policies JOIN pg_class c ON c.oid = 'library.demand_daily'::regclass`,
  ],
  'storage parameters': [
    `ALTER TABLE library.demand_daily SET (fillfactor = 70, autovacuum_enabled = false);
     ALTER TABLE library.demand_state SET (toast.autovacuum_enabled = false)`,
    `SELECT c.reloptions, t.reloptions AS toast FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
      WHERE c.oid IN ('library.demand_daily'::regclass, 'library.demand_state'::regclass)`,
  ],
  'columns: statistics target, options, storage, compression': [
    `ALTER TABLE library.demand_state ALTER COLUMN kind SET STATISTICS 500, ALTER COLUMN id SET (n_distinct = -0.5),
       ALTER COLUMN change SET STORAGE EXTERNAL, ALTER COLUMN change SET COMPRESSION pglz`,
    `SELECT attname, attstattarget, attoptions, attstorage, attcompression FROM pg_attribute
      WHERE attrelid = 'library.demand_state'::regclass AND attnum > 0`,
  ],
  'extended statistics': [
    `CREATE STATISTICS library.daily (dependencies) ON book_id, day FROM library.demand_daily;
     ALTER STATISTICS library.daily SET STATISTICS 300`,
    `SELECT stxname, stxkind, stxkeys::text, stxstattarget FROM pg_statistic_ext`,
  ],
  'an index': [
    `CREATE INDEX busiest ON library.demand_daily (reservations DESC) WITH (fillfactor = 60) WHERE reservations > 1;
     COMMENT ON INDEX library.busiest IS 'for the report'; ALTER TABLE library.demand_daily CLUSTER ON demand_daily_book_idx`,
    `SELECT indexdef, obj_description('library.busiest'::regclass) AS comment,
            (SELECT indisclustered FROM pg_index WHERE indexrelid = 'library.demand_daily_book_idx'::regclass)
       FROM pg_indexes WHERE indexname = 'busiest'`,
  ],
  comments: [
    `COMMENT ON TABLE library.demand_daily IS 'It''s the demand'; COMMENT ON COLUMN library.demand_daily.day IS 'UTC';
     COMMENT ON CONSTRAINT demand_daily_pkey ON library.demand_daily IS 'one a day'`,
    `SELECT objoid::regclass, objsubid, description FROM pg_description
      WHERE classoid = 'pg_class'::regclass AND objoid = 'library.demand_daily'::regclass
      UNION ALL SELECT NULL, 0, obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'demand_daily_pkey'
      ORDER BY objsubid, description`,
  ],
  triggers: [
    `CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TRIGGER noted AFTER UPDATE OF reservations ON library.demand_daily FOR EACH ROW
       WHEN (NEW.reservations > 5) EXECUTE FUNCTION public.note();
     CREATE TRIGGER never BEFORE INSERT ON library.demand_daily FOR EACH ROW EXECUTE FUNCTION public.note();
     ALTER TABLE library.demand_daily DISABLE TRIGGER never`,
    `SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'library.demand_daily'::regclass ORDER BY 1`,
  ],
  'publications and replica identity': [
    `ALTER TABLE library.demand_daily REPLICA IDENTITY FULL;
     ALTER TABLE library.demand_ids REPLICA IDENTITY USING INDEX demand_ids_pkey;
     CREATE PUBLICATION changes FOR TABLE library.demand_daily (book_id, day) WHERE (reservations > 1), library.demand_ids`,
    `SELECT p.*, c.relreplident FROM pg_publication_tables p
       JOIN pg_class c ON c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass ORDER BY p.tablename`,
  ],
  'another owner': [
    'GRANT CREATE, USAGE ON SCHEMA library TO keeper; ALTER TABLE library.demand_ids OWNER TO keeper',
    `SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'library' AND tablename LIKE 'demand%' ORDER BY 1`,
  ],
};

/** Each ties something to a live table that no swap can take along. */
const OBSTACLES: readonly (readonly [statement: string, undo: string, sentence: RegExp])[] = [
  [
    'CREATE VIEW public.report AS SELECT book_id FROM library.demand_daily',
    'DROP VIEW public.report',
    /view public\.report depends on library\.demand_daily: drop it/,
  ],
  [
    'CREATE TABLE public.note (day date, book_id text, FOREIGN KEY (day, book_id) REFERENCES library.demand_daily)',
    'DROP TABLE public.note',
    /constraint .* on table public\.note depends on library\.demand_daily: drop it/,
  ],
  [
    'CREATE FUNCTION public.f(library.demand_daily) RETURNS int LANGUAGE sql RETURN 1',
    'DROP FUNCTION public.f',
    /function public\.f.* depends on library\.demand_daily: drop it/,
  ],
  [
    'ALTER TABLE library.demand_daily ADD COLUMN shelf text',
    'ALTER TABLE library.demand_daily DROP COLUMN shelf',
    /library\.demand_daily has the column shelf.*: drop it, and add it again/,
  ],
  [
    'ALTER TABLE library.demand_daily ADD CONSTRAINT few CHECK (reservations < 1000000)',
    'ALTER TABLE library.demand_daily DROP CONSTRAINT few',
    /library\.demand_daily has the constraint few.*: drop it, and add it again/,
  ],
  [
    'CREATE RULE quiet AS ON DELETE TO library.demand_daily DO ALSO NOTHING',
    'DROP RULE quiet ON library.demand_daily',
    /library\.demand_daily has the rule quiet: drop it/,
  ],
  [
    'CREATE TABLE public.child () INHERITS (library.demand_daily)',
    'DROP TABLE public.child',
    /public\.child depends on|library\.demand_daily is part of an inheritance/,
  ],
];

describe('a rebuild of tables on which others have set something', () => {
  let replays: ReplayEnvironment;
  let admin: Client;

  beforeEach(async () => {
    replays = await ReplayEnvironment.create();
    await replays.environment.append(take(story(), 200));
    admin = new Client({ connectionString: replays.environment.config.DATABASE_URL });
    await admin.connect();
    for (const role of ['reporter', 'keeper'])
      await admin.query(
        `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
      );
  });

  afterEach(async () => {
    await admin.end();
    await replays.close();
  });

  test('sets all of it on the new tables', async () => {
    for (const [statement] of Object.values(SETTINGS)) await admin.query(statement);
    const answers = async () => {
      const found: Record<string, unknown[]> = {};
      for (const [name, [, query]] of Object.entries(SETTINGS))
        found[name] = (await admin.query(query)).rows.map((row) => JSON.stringify(row)).sort();
      return found;
    };
    const tables = async () =>
      (await admin.query(`SELECT 'library.demand_daily'::regclass::oid, 'library.demand_ids'::regclass::oid`))
        .rows;
    const [before, oldTables] = [await answers(), await tables()];
    const stderr = await rebuildWithoutWaiting();
    expect(await tables()).not.toEqual(oldTables);
    expect(await answers()).toEqual(before);
    expect(stderr).toContain('publications');
    expect(stderr).toContain('changes');
    // Once more, from the tables that were made by the first one.
    await rebuildWithoutWaiting();
    expect(await answers()).toEqual(before);
  }, 120_000);

  test('is refused at once where they would be lost, with what to do', async () => {
    for (const [statement, undo, sentence] of OBSTACLES) {
      await admin.query(statement);
      const refused = await library(replays.environment.env, 'rebuild', 'demand');
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(sentence) as unknown });
      await admin.query(undo);
    }
    await succeeds(library(replays.environment.env, 'rebuild', 'demand'));
  }, 120_000);

  /** A rebuild that cannot set something waits for it to go, and says what it is. */
  async function rebuildWithoutWaiting(): Promise<string> {
    const cli = new Cli(['rebuild', 'demand'], replays.environment.env);
    const waiting = () => cli.stderr.includes('waits to take');
    await waitUntil(() => cli.child.exitCode !== null || waiting(), { what: 'no end', timeout: 60_000 });
    const { code, stderr } = waiting() ? await cli.kill('SIGINT') : await cli.done;
    expect([code, waiting() && stderr]).toEqual([0, false]);
    return stderr;
  }
});
