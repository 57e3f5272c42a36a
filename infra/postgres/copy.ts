import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from } from 'pg-copy-streams';

/** What stands for no value in COPY's text format. */
const NULL = '\\N';
/** What has a meaning of its own there. */
const SPECIAL = /[\\\t\n\r]/;
const SPECIALS = /[\\\t\n\r]/g;
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value in COPY's text format. Values are separated by tabs, and each row ends with a line feed. */
export function copyText(value: string | null): string {
  if (value === null) return NULL;
  return SPECIAL.test(value) ? value.replace(SPECIALS, (character) => ESCAPED[character]!) : value;
}

/**
 * Appends rows to a table by COPY, within the transaction of the client.
 * @param target the table and its columns: `t (a, b)`
 * @param rows in COPY's text format
 */
export async function copyInto(client: ClientBase, target: string, rows: Buffer): Promise<void> {
  await pipeline(Readable.from([rows]), client.query(from(`COPY ${target} FROM STDIN`)));
}
