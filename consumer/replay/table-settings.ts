import type { Pool, PoolClient } from 'pg';
import { escapeIdentifier } from 'pg';
import { LIVE } from '../projector/view-pool';
import type { ViewDefinition } from '../views/definition';

/**
 * What others have set on the live tables and no migration makes. The rebuilt tables get the same, as statements that are run
 * once they have the live names. In the order in which they are run: each is a query whose rows are statements, over `t`, the
 * tables, with `name` as it is written in a statement.
 */
const SETTINGS: readonly string[] = [
  // First: what follows is then done as a member of the owner, and by nobody else.
  `SELECT format('ALTER TABLE %s OWNER TO %I', t.name, pg_get_userbyid(t.relowner)) FROM t
    WHERE t.relowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)`,
  // Storage parameters, with those of the TOAST table.
  `SELECT format('ALTER TABLE %s SET (%s)', t.name, string_agg(o.setting, ', '))
     FROM t CROSS JOIN LATERAL (
            SELECT format('%I = %L', option_name, option_value) AS setting FROM pg_options_to_table(t.reloptions)
            UNION ALL
            SELECT format('toast.%I = %L', p.option_name, p.option_value)
              FROM pg_class toast, pg_options_to_table(toast.reloptions) p WHERE toast.oid = t.reltoastrelid) o GROUP BY t.name`,
  // Columns: statistics targets, planner overrides, storage, compression.
  `SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', t.name, a.attname, a.attstattarget)
     FROM t JOIN pg_attribute a ON a.attrelid = t.oid WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attstattarget >= 0`,
  `SELECT format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', t.name, a.attname,
                 (SELECT string_agg(format('%I = %L', option_name, option_value), ', ') FROM pg_options_to_table(a.attoptions)))
     FROM t JOIN pg_attribute a ON a.attrelid = t.oid WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attoptions IS NOT NULL`,
  `SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE %s', t.name, a.attname,
                 CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END)
     FROM t JOIN pg_attribute a ON a.attrelid = t.oid JOIN pg_type y ON y.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attstorage <> y.typstorage`,
  `SELECT format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION %s', t.name, a.attname,
                 CASE a.attcompression WHEN 'p' THEN 'pglz' ELSE 'lz4' END)
     FROM t JOIN pg_attribute a ON a.attrelid = t.oid WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attcompression <> ''`,
  `SELECT pg_get_statisticsobjdef(s.oid) FROM t JOIN pg_statistic_ext s ON s.stxrelid = t.oid`,
  `SELECT format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget)
     FROM t JOIN pg_statistic_ext s ON s.stxrelid = t.oid JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxstattarget >= 0`,
  `SELECT format('ALTER TABLE %s CLUSTER ON %I', t.name, c.relname)
     FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisclustered`,
  // Privileges on tables and on columns. Whoever granted them: the owner does now.
  `SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, t.name, grantee.name, grantee.option)
     FROM t, aclexplode(t.relacl) a, ${granteeSql('a')} WHERE a.grantee <> t.relowner`,
  `SELECT format('GRANT %s (%I) ON %s TO %s%s', a.privilege_type, c.attname, t.name, grantee.name, grantee.option)
     FROM t JOIN pg_attribute c ON c.attrelid = t.oid, aclexplode(c.attacl) a, ${granteeSql('a')}
    WHERE NOT c.attisdropped AND a.grantee <> t.relowner`,
  // Row security.
  `SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name) FROM t WHERE t.relrowsecurity`,
  `SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.name) FROM t WHERE t.relforcerowsecurity`,
  `SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, t.name,
                 CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                 CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                 (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ') FROM unnest(p.polroles) r))
          || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
          || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
     FROM t JOIN pg_policy p ON p.polrelid = t.oid`,
  `SELECT pg_get_triggerdef(g.oid) FROM t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal ORDER BY g.tgname`,
  `SELECT format('ALTER TABLE %s %s TRIGGER %I', t.name,
                 CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname)
     FROM t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal AND g.tgenabled <> 'O'`,
  // Replication.
  `SELECT format('ALTER TABLE %s REPLICA IDENTITY %s', t.name,
                 CASE t.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE
                   (SELECT format('USING INDEX %I', c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                     WHERE i.indrelid = t.oid AND i.indisreplident) END)
     FROM t WHERE t.relreplident <> 'd'`,
  `SELECT format('ALTER PUBLICATION %I ADD TABLE %s', p.pubname, t.name)
          || coalesce((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                         FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY(r.prattrs)), '')
          || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')
     FROM t JOIN pg_publication_rel r ON r.prrelid = t.oid JOIN pg_publication p ON p.oid = r.prpubid`,
  // Comments on the tables, their columns, and what belongs to them.
  `SELECT format('COMMENT ON TABLE %s IS %L', t.name, d.description)
     FROM t JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_class'::regclass WHERE d.objsubid = 0`,
  `SELECT format('COMMENT ON COLUMN %s.%I IS %L', t.name, a.attname, d.description)
     FROM t JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_class'::regclass
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.objsubid WHERE d.objsubid > 0`,
  `SELECT format('COMMENT ON INDEX %I.%I IS %L', t.nspname, c.relname, d.description)
     FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass`,
  `SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', c.conname, t.name, d.description)
     FROM t JOIN pg_constraint c ON c.conrelid = t.oid
     JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass`,
  `SELECT format('COMMENT ON POLICY %I ON %s IS %L', p.polname, t.name, d.description)
     FROM t JOIN pg_policy p ON p.polrelid = t.oid JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_policy'::regclass`,
  `SELECT format('COMMENT ON TRIGGER %I ON %s IS %L', g.tgname, t.name, d.description)
     FROM t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
     JOIN pg_description d ON d.objoid = g.oid AND d.classoid = 'pg_trigger'::regclass`,
];

function granteeSql(acl: string): string {
  return `LATERAL (SELECT CASE ${acl}.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(${acl}.grantee)) END AS name,
                          CASE WHEN ${acl}.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option) grantee`;
}

/** `t`: the tables of a view in a schema. @returns a statement with the parameters $1 and $2 */
export function overTables(query: string): string {
  return `WITH t AS (
    SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY($2))
  ${query}`;
}

/** @returns the parameters of `overTables` */
export function parametersOf({ tables }: ViewDefinition, schema: string): [string, string[]] {
  return [schema, tables.map(({ name }) => name)];
}

async function statementsOf(
  client: PoolClient,
  view: ViewDefinition,
  queries: readonly string[],
): Promise<string[]> {
  const statements: string[] = [];
  for (const query of queries) {
    const { rows } = await client.query<[string]>({
      text: overTables(query),
      values: parametersOf(view, LIVE),
      rowMode: 'array',
    });
    statements.push(...rows.map(([statement]) => statement));
  }
  return statements;
}

/**
 * What others have set on the live tables, as statements that set it again on tables of the same names. Expressions name
 * everything with its schema if the `search_path` is empty.
 */
export function settingsOf(client: PoolClient, view: ViewDefinition): Promise<string[]> {
  return statementsOf(client, view, SETTINGS);
}

/** Takes away the privileges that the tables were made with: only those count that the tables before them had. */
export function revocationsOf(client: PoolClient, view: ViewDefinition): Promise<string[]> {
  return statementsOf(client, view, [
    `SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', t.name, grantee.name)
       FROM t, aclexplode(t.relacl) a, ${granteeSql('a')} WHERE a.grantee <> t.relowner`,
  ]);
}

/** The publications that the live tables are in, each by its name. */
export async function publicationsOf(pool: Pool, view: ViewDefinition): Promise<string[]> {
  const { rows } = await pool.query<{ pubname: string }>(
    'SELECT DISTINCT pubname FROM pg_publication_tables WHERE schemaname = $1 AND tablename = ANY($2) ORDER BY 1',
    parametersOf(view, LIVE),
  );
  return rows.map(({ pubname }) => pubname);
}

/** Indexes of the live tables that the rebuilt ones lack, as the statements that make them there. */
export async function missingIndexes(
  database: Pool | PoolClient,
  view: ViewDefinition,
  schema: string,
): Promise<string[]> {
  const { rows } = await database.query<{ table: string; index: string; live: string; other: string | null }>(
    overTables(
      `SELECT t.relname AS "table", c.relname AS "index", pg_get_indexdef(c.oid) AS live, pg_get_indexdef(o.oid) AS other
         FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class c ON c.oid = i.indexrelid
         LEFT JOIN pg_namespace n ON n.nspname = $3 LEFT JOIN pg_class o ON o.relnamespace = n.oid AND o.relname = c.relname
        WHERE i.indisvalid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)`,
    ),
    [...parametersOf(view, LIVE), schema],
  );
  const into = escapeIdentifier(schema);
  return rows.flatMap(({ table, index, live, other }) => {
    const name = new RegExp(` ON (ONLY )?("?${LIVE}"?\\.)?"?${table}"? `);
    const wanted = live.replace(name, ` ON ${into}.${escapeIdentifier(table)} `);
    const there = other?.replace(/ ON (ONLY )?\S+ /, ` ON ${into}.${escapeIdentifier(table)} `);
    if (wanted === there) return [];
    return [...(other === null ? [] : [`DROP INDEX ${into}.${escapeIdentifier(index)}`]), wanted];
  });
}
