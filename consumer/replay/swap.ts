import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import { LIVE } from './scratch';
import type { View } from './view';

/** Why a rebuilt view cannot take the live one's place yet. It may be able to a moment later. */
export class SwapNotReadyError extends Error {
  override readonly name = 'NotYetError';
}

/** The live view is further. */
export class BehindError extends SwapNotReadyError {}

export interface SwapOptions {
  readonly pool: Pool;
  readonly view: View;
  readonly topic: string;
  /** The schema that the view was rebuilt in. Nobody may write to it meanwhile. */
  readonly schema: string;
}

/** Readers wait behind us while we wait for locks: so not for long. */
const LOCK_TIMEOUT = '100ms';

/**
 * Puts the rebuilt tables in the live ones' place, in one transaction: whoever reads sees the one or the other, and nobody
 * an error. The position goes on to that of the rebuilt view, which is never less far, and a new epoch begins, so that a
 * projector that remembers the old tables finds out. What the live view had not come to yet is told to others now.
 * @throws {SwapNotReadyError} when it is not as far, or has set aside other records; nothing was changed
 */
export async function swap(options: SwapOptions): Promise<void> {
  try {
    await inTransaction(options.pool, async (client) => {
      // The swap is announced once it is done: it must outlast a crash, as it cannot be done again.
      await client.query(`SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      await swapWith(client, options);
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE)
      throw new SwapNotReadyError('the live tables are in use all the time', { cause: error });
    throw error;
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

async function swapWith(client: PoolClient, options: SwapOptions): Promise<void> {
  const { view, topic, schema } = options;
  const from = escapeIdentifier(schema);
  const tables = view.tables.map(({ name }) => escapeIdentifier(name));
  const live = tables.map((table) => `${LIVE}.${table}`).join(', ');
  // Before anything else: whoever stores a batch has these locks first as well, so that the position stands still now.
  await client.query(`LOCK TABLE ${live} IN ACCESS EXCLUSIVE MODE`);
  await assertAsFar(client, options);
  await assertSameLetters(client, options);
  if (view.carryOver) await client.query(view.carryOver(from));
  await client.query(
    `INSERT INTO ${LIVE}.outbox SELECT o.* FROM ${from}.outbox o
       JOIN ${LIVE}.progress p ON p.partition = o.partition AND p.consumer = $1 AND p.topic = $2
      WHERE o."offset" >= p.next_offset`,
    [view.name, topic],
  );
  const grants = await grantsOn(client, view);
  await client.query(`DROP TABLE ${live}`);
  for (const table of tables) await client.query(`ALTER TABLE ${from}.${table} SET SCHEMA ${LIVE}`);
  for (const grant of grants) await client.query(grant);
  await client.query(
    `UPDATE ${LIVE}.progress p SET next_offset = s.next_offset, epoch = p.epoch + 1, held_until = NULL, updated_at = now()
       FROM ${from}.progress s
      WHERE p.consumer = $1 AND p.topic = $2 AND s.consumer = $1 AND s.topic = $2 AND s.partition = p.partition`,
    [view.name, topic],
  );
}

async function assertAsFar(client: PoolClient, { view, topic, schema }: SwapOptions): Promise<void> {
  const { rows } = await client.query<{ partition: number }>(
    `SELECT p.partition FROM ${LIVE}.progress p
       LEFT JOIN ${escapeIdentifier(schema)}.progress s ON s.consumer = $1 AND s.topic = $2 AND s.partition = p.partition
      WHERE p.consumer = $1 AND p.topic = $2 AND coalesce(s.next_offset, 0) < p.next_offset LIMIT 1`,
    [view.name, topic],
  );
  const [behind] = rows;
  if (behind) throw new BehindError(`it is not as far as the live view in partition ${behind.partition}`);
}

/** Else events whose outcomes nobody has been told of would count as told, or the other way round. */
async function assertSameLetters(client: PoolClient, { view, topic, schema }: SwapOptions): Promise<void> {
  const letters = (of: string) =>
    `SELECT partition, "offset" FROM ${of}.dead_letters WHERE consumer = $1 AND topic = $2 AND status <> 'discarded'`;
  const [here, there] = [letters(LIVE), letters(escapeIdentifier(schema))];
  const { rows } = await client.query<{ partition: number; offset: string }>(
    `(${here} EXCEPT ${there}) UNION (${there} EXCEPT ${here}) ORDER BY 1, 2 LIMIT 1`,
    [view.name, topic],
  );
  const [first] = rows;
  if (!first) return;
  throw new SwapNotReadyError(
    `the live view and the rebuilt one have not set aside the same records, for one ${first.partition}:${first.offset}. ` +
      'Retry or discard what is dead first: "library dead-letters list" shows it',
  );
}

/** What others may do with the live tables, as the statements that allow it. */
async function grantsOn(client: PoolClient, { tables }: View): Promise<string[]> {
  const { rows } = await client.query<{ sql: string }>(
    `SELECT format('GRANT %s ON %I.%I TO %s', a.privilege_type, n.nspname, c.relname,
                   CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS sql
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
      WHERE n.nspname = $1 AND c.relname = ANY($2) AND a.grantee <> c.relowner`,
    [LIVE, tables.map(({ name }) => name)],
  );
  return rows.map(({ sql }) => sql);
}
