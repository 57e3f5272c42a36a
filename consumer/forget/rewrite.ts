import { escapeIdentifier, type Pool, type PoolClient } from 'pg';
import { inTransaction } from '../../infra/postgres/transaction';
import { nameInBookSql, type Erasure } from '../../schemas/forgotten/erasure';
import { LIVE } from '../projector/view-pool';
import { NAMES_USER_SQL } from './obstacles';

/** How many rows were changed or removed. */
export interface Rewritten {
  readonly reservations: number;
  readonly events: number;
  readonly notices: number;
  readonly deadLetters: number;
}

/** `$1`: the user ID. `$2`: the ID of the erasure. `$3`: its offsets, those of partition 0 first. */
const NAME = (bookId: string) => nameInBookSql('$2::text', bookId);
const BEFORE = (table: string, offsets = '$3') =>
  `${table}."offset" < (${offsets}::bigint[])[${table}.partition + 1]`;

/**
 * Reservations get the name that stands for their reader. Events that have named them since the moment of the erasure were decided
 * with the old owner: not to own what is closed counts before that it is closed. A replay decides so, and so does the live view now.
 */
const RENAME_RESERVATIONS = (schema: string) => `
WITH renamed AS (
  UPDATE ${schema}.reservations r SET user_id = ${NAME('r.book_id')} WHERE r.user_id = $1 AND ${BEFORE('r')}
  RETURNING r.book_id, r.reservation_id),
decided AS (
  UPDATE ${schema}.history h SET code = 'not-owner' FROM renamed r
   WHERE h.book_id = r.book_id AND NOT (${BEFORE('h')}) AND h.code = 'already-closed'
     AND h.data->>'userId' = $1 AND lower(h.data->>'reservationId') = r.reservation_id::text)
SELECT count(*)::int AS count FROM renamed`;

/** Those that are left are of reservations that were made since, by whoever has the ID now. */
const DELETE_NOTICES = (schema: string) => `
DELETE FROM ${schema}.notices n
 WHERE n.user_id = $1 AND NOT EXISTS (
   SELECT FROM ${schema}.reservations r WHERE r.book_id = n.book_id AND r.reservation_id = n.reservation_id AND r.user_id = $1)`;

const RENAME_EVENTS = (schema: string) => `
UPDATE ${schema}.history h SET data = h.data || jsonb_build_object('userId', ${NAME('h.book_id')})
 WHERE h.data->>'userId' = $1 AND ${BEFORE('h')}`;

const RENAME_UNPUBLISHED = (schema: string) => `
UPDATE ${schema}.outbox_set_aside o SET outcome = o.outcome || jsonb_build_object('userId', ${NAME(`(o.outcome->>'bookId')`)})
 WHERE o.outcome->>'userId' = $1 AND ${BEFORE('o')}`;

/** Only in the views of a past time: in the live ones nothing is open or on loan. */
const RENAME_COPIES = (schema: string) => `
UPDATE ${schema}.copies c SET user_id = ${NAME('c.book_id')}
 WHERE c.user_id = $1 AND NOT EXISTS (
   SELECT FROM ${schema}.history h WHERE h.book_id = c.book_id AND h.data->>'userId' = $1 AND NOT (${BEFORE('h')}))`;

/** `$2`: the offsets. `$3`: the topic that they are of. */
const EMPTY_DEAD_LETTERS = (schema: string) => `
UPDATE ${schema}.dead_letters d
   SET value = NULL, headers = '{}', reason = 'the details are left out, as a reader was forgotten',
       key = CASE WHEN position(convert_to($1::text, 'UTF8') IN coalesce(key, '')) > 0 THEN NULL ELSE key END
 WHERE d.topic = $3 AND ${BEFORE('d', '$2')} AND ${NAMES_USER_SQL}`;

/**
 * Takes a user ID out of the live views, as far as it means the person of the erasure. It can be repeated. The live view stands
 * still only while the reservations of this person are changed.
 */
export async function rewriteLive(
  pool: Pool,
  userId: string,
  erasure: Erasure,
  topics: DeadLetterTopics,
): Promise<Rewritten> {
  const { id, reservations: cut } = erasure;
  const values = [userId, id, cut];
  const small = await inTransaction(pool, async (client) => {
    await client.query('SET LOCAL synchronous_commit = on');
    // Whoever has decided with the old owner stores nothing more of it, and knows of the erasure when they decide again.
    await client.query('UPDATE library.progress SET epoch = epoch + 1');
    const { rows } = await client.query<{ count: number }>(RENAME_RESERVATIONS(LIVE), values);
    const notices = await client.query(DELETE_NOTICES(LIVE), [userId]);
    return { reservations: rows[0]!.count, notices: notices.rowCount ?? 0 };
  });
  // No projection ever changes these rows.
  const events = await changed(pool, RENAME_EVENTS(LIVE), values);
  await changed(pool, RENAME_UNPUBLISHED(LIVE), values);
  const deadLetters = await emptyDeadLetters(pool, LIVE, userId, erasure, topics);
  await renewStatistics(pool, LIVE);
  return { ...small, events, deadLetters };
}

/** The topics on which dead letters stood. */
export type DeadLetterTopics = Readonly<Record<'reservations' | 'outcomes', string>>;

/** The same of views of a past time, which were made before. @param schema their schema */
export async function rewritePast(
  pool: Pool,
  schema: string,
  userId: string,
  erasure: Erasure,
  topics: DeadLetterTopics,
): Promise<void> {
  const name = escapeIdentifier(schema);
  const values = [userId, erasure.id, erasure.reservations];
  await inTransaction(pool, async (client) => {
    await client.query(RENAME_RESERVATIONS(name), values);
    await client.query(DELETE_NOTICES(name), [userId]);
    await client.query(RENAME_COPIES(name), values);
    await client.query(RENAME_EVENTS(name), values);
    await emptyDeadLetters(client, name, userId, erasure, topics);
  });
  await renewStatistics(pool, name);
}

/** What the planner remembers of a table are values of it. */
async function renewStatistics(pool: Pool, schema: string): Promise<void> {
  for (const table of ['reservations', 'history', 'notices', 'copies', 'dead_letters'])
    await pool.query(`ANALYZE ${schema}.${table}`);
}

async function emptyDeadLetters(
  database: Pool | PoolClient,
  schema: string,
  userId: string,
  erasure: Erasure,
  topics: DeadLetterTopics,
): Promise<number> {
  let count = 0;
  for (const topic of ['reservations', 'outcomes'] as const) {
    const values = [userId, erasure[topic], topics[topic]];
    count += await changed(database, EMPTY_DEAD_LETTERS(schema), values);
  }
  return count;
}

async function changed(database: Pool | PoolClient, sql: string, values: unknown[]): Promise<number> {
  return (await database.query(sql, values)).rowCount ?? 0;
}
