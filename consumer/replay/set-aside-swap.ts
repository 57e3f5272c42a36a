import { escapeIdentifier, type PoolClient } from 'pg';
import { LIVE } from '../projector/view-pool';
import type { ScratchCheckpoints } from '../projector/checkpoint-swap';
import { OutdatedError } from '../views/definition';
import { SwapNotReadyError } from './swap-errors';

/** Set-aside records, where a rebuilt view takes the live one's place. */

/**
 * Up to where the live view stands both must have set aside the same records. Otherwise outcomes that were never published
 * would count as published, or the other way round.
 * @throws {SwapNotReadyError} when they have not
 * @throws {OutdatedError} when the rebuilt view has applied a record that was discarded since
 */
export async function assertSameSetAside(
  client: PoolClient,
  { consumer, topic, schema }: ScratchCheckpoints,
): Promise<void> {
  const scratch = escapeIdentifier(schema);
  const { rows } = await client.query<Different>(
    `SELECT partition || ':' || "offset" AS position, l.status AS live, s.status AS rebuilt
       FROM (SELECT * FROM ${LIVE}.dead_letters WHERE consumer = $1 AND topic = $2) l
       FULL JOIN (SELECT * FROM ${scratch}.dead_letters WHERE consumer = $1 AND topic = $2) s USING (partition, "offset")
       JOIN (SELECT partition, next_offset FROM ${LIVE}.progress WHERE consumer = $1 AND topic = $2) p USING (partition)
      WHERE "offset" < p.next_offset
        AND (coalesce(l.status, 'discarded') = 'discarded') IS DISTINCT FROM (coalesce(s.status, 'discarded') = 'discarded')
         OR l.status = 'discarded' AND s.status IS NULL
      ORDER BY l.status IS DISTINCT FROM 'discarded', partition, "offset" LIMIT 1`,
    [consumer, topic],
  );
  const first = rows[0] ?? (await differentHold(client, scratch, [consumer, topic]));
  if (!first) return;
  if (first.rebuilt === null && first.live === 'discarded')
    throw new OutdatedError(`the record ${first.position} was discarded after it was applied here`);
  throw new SwapNotReadyError(
    first.rebuilt === null
      ? `the live view has set aside the record ${first.position}, and the rebuilt one has applied it. ` +
          `Retry it: "library dead-letters list" shows it`
      : `the rebuilt view has set aside the record ${first.position}, and the live one has not. ` +
          'If it was retried or discarded meanwhile, rebuild it anew (--anew)',
  );
}

interface Different {
  readonly position: string;
  readonly live: string | null;
  readonly rebuilt: string | null;
}

/** A book that one of them holds up, up to where the live view stands, and the other does not, or from elsewhere on. */
async function differentHold(
  client: PoolClient,
  scratch: string,
  of: readonly [consumer: string, topic: string],
): Promise<Different | undefined> {
  const { rows } = await client.query<Different>(
    `SELECT partition || ':' || from_offset AS position, l.book_id AS live, s.book_id AS rebuilt
       FROM (SELECT partition, from_offset, book_id, book_id AS held FROM ${LIVE}.held_books WHERE consumer = $1 AND topic = $2) l
       FULL JOIN (SELECT partition, from_offset, book_id, book_id AS held FROM ${scratch}.held_books WHERE consumer = $1 AND topic = $2) s
         USING (partition, from_offset, held)
       JOIN (SELECT partition, next_offset FROM ${LIVE}.progress WHERE consumer = $1 AND topic = $2) p USING (partition)
      WHERE from_offset < p.next_offset AND (l.book_id IS NULL OR s.book_id IS NULL)
      ORDER BY partition, from_offset LIMIT 1`,
    [...of],
  );
  return rows[0];
}

/** What the rebuilt view has set aside of records that the live one had not reached comes with it. */
export async function carrySetAside(
  client: PoolClient,
  { consumer, topic, schema }: ScratchCheckpoints,
): Promise<void> {
  await client.query(
    `INSERT INTO ${LIVE}.dead_letters
     SELECT d.* FROM ${escapeIdentifier(schema)}.dead_letters d
       JOIN ${LIVE}.progress p ON p.consumer = d.consumer AND p.topic = d.topic AND p.partition = d.partition
      WHERE d.consumer = $1 AND d.topic = $2 AND d."offset" >= p.next_offset AND d.status <> 'discarded'`,
    [consumer, topic],
  );
  await client.query(
    `INSERT INTO ${LIVE}.held_books
     SELECT h.* FROM ${escapeIdentifier(schema)}.held_books h
       JOIN ${LIVE}.progress p ON p.consumer = h.consumer AND p.topic = h.topic AND p.partition = h.partition
      WHERE h.consumer = $1 AND h.topic = $2 AND h.from_offset >= p.next_offset`,
    [consumer, topic],
  );
}
