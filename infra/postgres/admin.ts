import pg from 'pg';

/** Whether the server answers a query. Asks once, without retries. */
export async function postgresAnswers(url: string): Promise<boolean> {
  try {
    await query(url, 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}

/** Creates the database if it is missing. `url` names any other database of the same server. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  const rows = await query(url, 'SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (rows === 0) await query(url, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
}

async function query(url: string, text: string, values: string[] = []): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  // The query reports a connection that is lost meanwhile; without a listener the event would end this process.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(text, values)).rowCount ?? 0;
  } finally {
    await client.end().catch(() => {});
  }
}
