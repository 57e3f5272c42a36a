import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/**
 * Makes the users that are missing, and sets the passwords of all of them.
 * @param url of a superuser @param passwords by the name of the user
 */
export async function ensureUsers(url: string, passwords: Readonly<Record<string, string>>): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles');
    const known = new Set(rows.map(({ rolname }) => rolname));
    for (const [name, password] of Object.entries(passwords)) {
      const verb = known.has(name) ? 'ALTER' : 'CREATE';
      await client.query(`${verb} ROLE ${escapeIdentifier(name)} LOGIN PASSWORD ${escapeLiteral(password)}`);
    }
  });
}

/**
 * Gives a database to its owner, and lets these users connect to it, and nobody else.
 * @param url of a superuser, with any database
 */
export async function handOver(
  url: string,
  database: string,
  { owner, users }: { readonly owner: string; readonly users: readonly string[] },
): Promise<void> {
  const name = escapeIdentifier(database);
  await withClient(url, async (client) => {
    await client.query(`ALTER DATABASE ${name} OWNER TO ${escapeIdentifier(owner)}`);
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    for (const user of users)
      await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${escapeIdentifier(user)}`);
  });
}

/**
 * Sets in which schemas of a database a user's names are looked for.
 * @param url of a superuser, with any database
 */
export async function setSearchPath(
  url: string,
  database: string,
  user: string,
  schemas: readonly string[],
): Promise<void> {
  const path = schemas.map((schema) => escapeIdentifier(schema)).join(', ');
  await withClient(url, async (client) => {
    await client.query(
      `ALTER ROLE ${escapeIdentifier(user)} IN DATABASE ${escapeIdentifier(database)} SET search_path = ${path}`,
    );
  });
}

async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
