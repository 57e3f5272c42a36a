import { Client, DatabaseError } from 'pg';
import type { Privilege } from '../../app/rights/table-rights';

const INSUFFICIENT_PRIVILEGE = '42501';

/** Runs a statement and undoes it. @returns whether Postgres refused it for want of a privilege */
export async function isRefused(client: Client, statement: string): Promise<boolean> {
  await client.query('BEGIN');
  try {
    await client.query(statement);
    return false;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.code === INSUFFICIENT_PRIVILEGE;
  } finally {
    await client.query('ROLLBACK');
  }
}

/** A statement that needs the privilege, and no other. @param column any of the table, to be changed */
export function statementFor(privilege: Exclude<Privilege, 'INSERT'>, table: string, column: string): string {
  const statements: Record<typeof privilege, string> = {
    SELECT: `SELECT FROM library.${table} LIMIT 0`,
    UPDATE: `UPDATE library.${table} SET ${column} = NULL WHERE false`,
    DELETE: `DELETE FROM library.${table} WHERE false`,
  };
  return statements[privilege];
}

/** Postgres asks first whether the row may be inserted, and then finds that it lacks values. @param consumer whose row it is */
export function insertInto(table: string, consumer?: string): string {
  const row = consumer === undefined ? 'DEFAULT VALUES' : `(consumer) VALUES ('${consumer}')`;
  return `INSERT INTO library.${table} ${row}`;
}

/** Runs an action with a connection of this user. */
export async function asUser<T>(url: string, action: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}
