import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import { storedPositions } from '../projector/checkpoint';
import { adoptCheckpoints, partitionBehind } from '../projector/checkpoint-swap';
import { LIVE } from '../projector/view-pool';
import type { ViewDefinition } from '../views/definition';
import { assertSameSetAside, carrySetAside } from './set-aside-swap';
import { BehindError, SwapNotReadyError } from './swap-errors';
import { isLockTimeout, LockedError, lockLiveTables, type LockPlan } from './table-locks';
import { assertNoObstacles } from './table-obstacles';
import { missingIndexes, revocationsOf, settingsOf } from './table-settings';

export interface SwapOptions {
  readonly pool: Pool;
  readonly view: ViewDefinition;
  readonly topic: string;
  /** The schema that the view was rebuilt in. Nothing may write to it meanwhile. */
  readonly schema: string;
  readonly locks: LockPlan;
}

/**
 * Replaces the live tables by the rebuilt ones, in one transaction: readers see either, and never an error. The checkpoints
 * advance to those of the rebuilt view, which is never behind, and a new epoch begins, which fences off a projector that has
 * cached rows of the old tables. What follows from events that the live view had not reached is published from now on. What
 * others have set on the live tables is set on the new ones.
 * @throws {SwapNotReadyError} when it cannot be done at the moment; nothing was changed
 * @throws {OutdatedError} when it never can be done
 */
export async function swap(options: SwapOptions): Promise<void> {
  try {
    await inTransaction(options.pool, async (client) => {
      // The swap is reported once it is done: it must outlast a crash, as it cannot be repeated.
      await client.query(`SET LOCAL synchronous_commit = on`);
      // So that Postgres writes all names in full where it writes an expression.
      await client.query(`SET LOCAL search_path = ''`);
      await swapWith(client, options);
    });
  } catch (error) {
    throw isLockTimeout(error) ? new LockedError([], undefined, { cause: error }) : error;
  }
}

async function swapWith(client: PoolClient, options: SwapOptions): Promise<void> {
  const { view, topic, schema } = options;
  const takeover = { consumer: view.name, topic, schema };
  const scratch = escapeIdentifier(schema);
  const tables = view.tables.map(({ name }) => escapeIdentifier(name));
  // Before anything else: a statement that stores a batch takes these locks first as well, so checkpoints do not move now.
  await lockLiveTables(client, options.pool, options.locks);
  await assertAsFar(client, options);
  await assertSameSetAside(client, takeover);
  await assertNoObstacles(client, view, schema);
  if ((await missingIndexes(client, view, schema)).length > 0)
    throw new SwapNotReadyError('the live tables have just got another index');
  const live = await storedPositions(client, { consumer: view.name, topic });
  await view.carryOver?.(client, { scratch, live });
  await carrySetAside(client, takeover);
  const settings = await settingsOf(client, view);
  await client.query(`DROP TABLE ${tables.map((table) => `${LIVE}.${table}`).join(', ')}`);
  for (const table of tables) await client.query(`ALTER TABLE ${scratch}.${table} SET SCHEMA ${LIVE}`);
  for (const statement of [...(await revocationsOf(client, view)), ...settings])
    await applySetting(client, statement);
  await adoptCheckpoints(client, takeover);
  // If this process dies before it drops the rest of the schema, nobody goes on with that.
  await client.query(`COMMENT ON SCHEMA ${scratch} IS 'what a rebuild has left over'`);
}

async function assertAsFar(client: PoolClient, { view, topic, schema }: SwapOptions): Promise<void> {
  const behind = await partitionBehind(client, { consumer: view.name, topic, schema });
  if (behind !== undefined) throw new BehindError(`it is not as far as the live view in partition ${behind}`);
}

async function applySetting(client: PoolClient, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if (isLockTimeout(error)) throw error;
    throw new SwapNotReadyError(
      `what is set on the live tables cannot be set on the new ones (${(error as Error).message}). Undo it, or let somebody ` +
        `run the rebuild who may: ${statement}`,
      { cause: error },
    );
  }
}
