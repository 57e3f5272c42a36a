import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import { storedPositions } from '../projector/checkpoint';
import { adoptCheckpoints, partitionBehind } from '../projector/checkpoint-swap';
import { LIVE } from '../projector/view-pool';
import type { ViewDefinition } from '../views/definition';

/** Why a rebuilt view cannot replace the live one yet. A moment later it may. */
export class SwapNotReadyError extends Error {
  override readonly name = 'NotYetError';
}

/** The live view is ahead. */
export class BehindError extends SwapNotReadyError {}

export interface SwapOptions {
  readonly pool: Pool;
  readonly view: ViewDefinition;
  readonly topic: string;
  /** The schema that the view was rebuilt in. Nothing may write to it meanwhile. */
  readonly schema: string;
}

/** Readers queue behind us while we wait for locks, so the wait is short. */
const LOCK_TIMEOUT = '100ms';

/**
 * Replaces the live tables by the rebuilt ones, in one transaction: readers see either, and never an error. The checkpoints
 * advance to those of the rebuilt view, which is never behind, and a new epoch begins, which fences off a projector that has
 * cached rows of the old tables. What follows from events that the live view had not reached is published from now on.
 * @throws {SwapNotReadyError} when it is behind, or has set aside other records; nothing was changed
 */
export async function swap(options: SwapOptions): Promise<void> {
  try {
    await inTransaction(options.pool, async (client) => {
      // The swap is reported once it is done: it must outlast a crash, as it cannot be repeated.
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
  const scratch = escapeIdentifier(schema);
  const tables = view.tables.map(({ name }) => escapeIdentifier(name));
  const liveTables = tables.map((table) => `${LIVE}.${table}`).join(', ');
  // Before anything else: a statement that stores a batch takes these locks first as well, so checkpoints do not move now.
  await client.query(`LOCK TABLE ${liveTables} IN ACCESS EXCLUSIVE MODE`);
  await assertAsFar(client, options);
  await assertSameSetAside(client, options);
  const live = await storedPositions(client, { consumer: view.name, topic });
  await view.carryOver?.(client, { scratch, live });
  const grants = await grantsOn(client, view);
  await client.query(`DROP TABLE ${liveTables}`);
  for (const table of tables) await client.query(`ALTER TABLE ${scratch}.${table} SET SCHEMA ${LIVE}`);
  for (const grant of grants) await client.query(grant);
  await adoptCheckpoints(client, { consumer: view.name, topic, schema });
}

async function assertAsFar(client: PoolClient, { view, topic, schema }: SwapOptions): Promise<void> {
  const behind = await partitionBehind(client, { consumer: view.name, topic, schema });
  if (behind !== undefined) throw new BehindError(`it is not as far as the live view in partition ${behind}`);
}

/** Otherwise outcomes that were never published would count as published, or the other way round. */
async function assertSameSetAside(client: PoolClient, { view, topic, schema }: SwapOptions): Promise<void> {
  const positions = (of: string) =>
    `SELECT partition, "offset", NULL AS book_id FROM ${of}.dead_letters WHERE consumer = $1 AND topic = $2 AND status = 'dead'
      UNION ALL SELECT partition, from_offset, book_id FROM ${of}.held_books WHERE consumer = $1 AND topic = $2`;
  const [here, there] = [positions(LIVE), positions(escapeIdentifier(schema))];
  const { rows } = await client.query<{ partition: number; offset: string }>(
    `((${here}) EXCEPT (${there})) UNION ((${there}) EXCEPT (${here})) ORDER BY 1, 2 LIMIT 1`,
    [view.name, topic],
  );
  const [first] = rows;
  if (!first) return;
  throw new SwapNotReadyError(
    `the live view and the rebuilt one have not set aside the same records, for one ${first.partition}:${first.offset}. ` +
      'Retry or discard what is dead first: "library dead-letters list" shows it',
  );
}

/** The privileges of others on the live tables, as the statements that grant them. */
async function grantsOn(client: PoolClient, { tables }: ViewDefinition): Promise<string[]> {
  const { rows } = await client.query<{ sql: string }>(
    `SELECT format('GRANT %s ON %I.%I TO %s', a.privilege_type, n.nspname, c.relname,
                   CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS sql
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
      WHERE n.nspname = $1 AND c.relname = ANY($2) AND a.grantee <> c.relowner`,
    [LIVE, tables.map(({ name }) => name)],
  );
  return rows.map(({ sql }) => sql);
}
