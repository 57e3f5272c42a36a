import { Client, escapeIdentifier } from 'pg';
import {
  DATABASE_ROLES,
  databaseUser,
  privilegesOn,
  SHARED_TABLES,
  TABLES,
  type DatabaseRole,
} from './table-rights';

/** The schema of the live views. */
const SCHEMA = 'library';
/** Views over it that are made for analysts. */
const ANALYSIS = 'library_analysis';
/** Deploys run one after the other here: two that change the same catalogue at a time would fail. */
const LOCK = `pg_advisory_xact_lock(hashtextextended('library rights', 0))`;
const READERS = 'library_readers';

/** The roles that are to be there. Postgres keeps them for the whole server: whoever runs that makes them. */
const ROLES = DATABASE_ROLES.map((role) => databaseUser(role));

function nameOf(role: DatabaseRole): string {
  return escapeIdentifier(databaseUser(role));
}

/** The statements that make the privileges of each role just those of the table. To be run by the owner of the tables. */
function grantStatements(): string[] {
  return [
    ...DATABASE_ROLES.flatMap((role) => [
      `GRANT USAGE ON SCHEMA ${SCHEMA} TO ${nameOf(role)}`,
      `REVOKE ALL ON ALL TABLES IN SCHEMA ${SCHEMA} FROM ${nameOf(role)}`,
      ...TABLES.flatMap((table) => {
        const privileges = privilegesOn(table, role);
        return privileges.length === 0
          ? []
          : [`GRANT ${privileges.join(', ')} ON ${SCHEMA}.${table} TO ${nameOf(role)}`];
      }),
    ]),
    `GRANT USAGE ON SCHEMA ${ANALYSIS} TO ${nameOf('analyst')}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${ANALYSIS} TO ${nameOf('analyst')}`,
  ];
}

interface RowPolicy {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** Whoever may read a shared table reads all rows; a consumer writes its own alone. The owner is not bound. */
const ROW_POLICIES: readonly RowPolicy[] = SHARED_TABLES.flatMap((table) => [
  { table, name: READERS, definition: 'FOR SELECT USING (true)' },
  ...DATABASE_ROLES.filter((role) => privilegesOn(table, role).includes('UPDATE')).map((role) => ({
    ...{ table, name: databaseUser(role) },
    definition: `TO ${nameOf(role)} USING (consumer = '${role}') WITH CHECK (consumer = '${role}')`,
  })),
]);

/** Those that are not there yet. To make one waits for whoever uses the table, and lets others wait: it is not done again. */
async function policyStatements(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ tablename: string; policyname: string }>(
    'SELECT tablename, policyname FROM pg_policies WHERE schemaname = $1',
    [SCHEMA],
  );
  const known = new Set(rows.map(({ tablename, policyname }) => `${tablename} ${policyname}`));
  const missing = ROW_POLICIES.filter(({ table, name }) => !known.has(`${table} ${name}`));
  const tables = [...new Set(missing.map(({ table }) => table))];
  return [
    ...missing.map(
      ({ table, name, definition }) => `CREATE POLICY ${name} ON ${SCHEMA}.${table} ${definition}`,
    ),
    ...tables.map((table) => `ALTER TABLE ${SCHEMA}.${table} ENABLE ROW LEVEL SECURITY`),
  ];
}

/**
 * Gives each role of the database what the table says, and takes away what it has besides, in one transaction.
 * @throws {Error} naming the roles that are not there
 */
export async function grantPrivileges(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ rolname: string }>(
      'SELECT rolname FROM pg_roles WHERE rolname = ANY($1)',
      [ROLES],
    );
    const missing = ROLES.filter((role) => !rows.some(({ rolname }) => rolname === role));
    if (missing.length > 0)
      throw new Error(
        `GRANT_RIGHTS is set, and Postgres has no role ${missing.join(', ')}: whoever runs the server makes it (CREATE ROLE … LOGIN PASSWORD '…')`,
      );
    await client.query(`BEGIN; SELECT ${LOCK}`);
    for (const statement of [...grantStatements(), ...(await policyStatements(client))])
      await client.query(statement);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
