import type { Pool, PoolClient } from 'pg';
import { LIVE } from '../projector/view-pool';
import type { ViewDefinition } from '../views/definition';
import { SwapNotReadyError } from './swap-errors';
import { overTables, parametersOf } from './table-settings';

/** Others have tied the live tables to something that a swap would break or lose. The message says what to do. */
export class ObstacleError extends SwapNotReadyError {}

/** The catalogs whose entries a dependency on a table or its row type has as its target. */
const TARGETS = `(d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
                  OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.reltype, (SELECT typarray FROM pg_type WHERE oid = t.reltype)))`;

const COLUMNS = `SELECT a.attname AS name,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
              (SELECT collname FROM pg_collation WHERE oid = a.attcollation), nullif(a.attgenerated, ''), nullif(a.attidentity, ''),
              (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = a.attrelid AND adnum = a.attnum)) AS definition
    FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = `;

const CONSTRAINTS = `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = `;

/** Queries over `t`, the live tables, and $3, the schema of the rebuilt ones. Each row is a sentence. */
const OBSTACLES: readonly string[] = [
  // What depends on a table, and is not dropped along with all of them. A view does so by its rule.
  `SELECT DISTINCT format('%s depends on %s: drop it, and create it again after the rebuild',
            CASE WHEN r.ev_class IS NULL THEN pg_describe_object(d.classid, d.objid, d.objsubid)
                 ELSE pg_describe_object('pg_class'::regclass, r.ev_class, 0) END, t.name)
     FROM t JOIN pg_depend d ON ${TARGETS}
     LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
     LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
     LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
     LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
     LEFT JOIN pg_publication_rel u ON d.classid = 'pg_publication_rel'::regclass AND u.oid = d.objid
     LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
    WHERE d.deptype = 'n'
      AND coalesce(r.ev_class, k.conrelid, p.polrelid, g.tgrelid, u.prrelid, f.adrelid, 0) NOT IN (SELECT oid FROM t)`,
  `SELECT format('%s has the rule %s: drop it, and create it again after the rebuild', t.name, r.rulename)
     FROM t JOIN pg_rewrite r ON r.ev_class = t.oid`,
  `SELECT format('%s is part of an inheritance: undo that (ALTER TABLE … NO INHERIT) before the rebuild', t.name)
     FROM t WHERE EXISTS (SELECT FROM pg_inherits i WHERE t.oid IN (i.inhrelid, i.inhparent))`,
  `SELECT format('%s has a security label of %s: remove it, and set it again after the rebuild', t.name, l.provider)
     FROM t JOIN pg_seclabel l ON l.objoid = t.oid AND l.classoid = 'pg_class'::regclass`,
  ...(
    [
      ['column', COLUMNS],
      ['constraint', CONSTRAINTS],
    ] as const
  ).map(
    ([kind, of]) =>
      `SELECT format('%s has the ${kind} %s, otherwise than the migrations make it (%s): drop it, and add it again after the rebuild',
                     t.name, l.name, l.definition)
         FROM t JOIN pg_namespace n ON n.nspname = $3 JOIN pg_class s ON s.relnamespace = n.oid AND s.relname = t.relname,
              LATERAL (${of} t.oid EXCEPT ${of} s.oid) l`,
  ),
  `SELECT format('%s lacks the column %s of the migrations: run "npm run -s deploy", then start the rebuild again', t.name, s.attname)
     FROM t JOIN pg_namespace n ON n.nspname = $3 JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.relname
     JOIN pg_attribute s ON s.attrelid = c.oid AND s.attnum > 0 AND NOT s.attisdropped
    WHERE NOT EXISTS (SELECT FROM pg_attribute l WHERE l.attrelid = t.oid AND l.attname = s.attname AND NOT l.attisdropped)`,
];

/**
 * What is on the live tables and can be neither carried over nor left out is an obstacle.
 * @param schema that of the rebuilt tables
 * @throws {ObstacleError} when there is one
 */
export async function assertNoObstacles(
  database: Pool | PoolClient,
  view: ViewDefinition,
  schema: string,
): Promise<void> {
  const { rows } = await database.query<{ sentence: string }>(
    overTables(
      `SELECT sentence FROM (${OBSTACLES.join(' UNION ALL ')}) AS o(sentence) ORDER BY sentence LIMIT 1`,
    ),
    [...parametersOf(view, LIVE), schema],
  );
  if (rows[0]) throw new ObstacleError(rows[0].sentence);
}
