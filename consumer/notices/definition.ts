import type { Pool, PoolClient } from 'pg';
import { OUTCOMES } from '../../schemas/generated/events';
import { defineView, type Takeover } from '../views/definition';
import { NOTICE_TABLE, NoticesProjection } from './projection';

export const NOTICES_VIEW = defineView({
  name: 'notices',
  events: OUTCOMES,
  tables: [NOTICE_TABLE],
  createProjection: ({ noticeMaxAge, onStored, ...options }) =>
    new NoticesProjection({
      ...options,
      maxAge: noticeMaxAge,
      ...(onStored && { onNotices: () => onStored() }),
    }),
  carryAhead: keepSettled,
  carryOver: keepDeliveries,
  completePast,
});

/** How far a notice has got is on no topic: it stays as the live table has it. @param which a condition on the rebuilt `n` */
const keepDeliveriesSql = (scratch: string, which: string) =>
  `UPDATE ${scratch}.notices n
      SET status = l.status, attempts = l.attempts, next_attempt_at = l.next_attempt_at, delivered_at = l.delivered_at,
          last_error = l.last_error, created_at = l.created_at
     FROM library.notices l
    WHERE l.notice_id = n.notice_id AND (${which})
      AND (l.status, l.attempts, l.next_attempt_at, l.delivered_at, l.last_error, l.created_at)
          IS DISTINCT FROM (n.status, n.attempts, n.next_attempt_at, n.delivered_at, n.last_error, n.created_at)`;

/** Only of the rebuilt table: finds the notices that were added since the last call. */
const ADDED = 'notices_added_idx';

/** All notices the first time; then those that were not settled yet, and those that were added since. */
async function keepSettled(pool: Pool, scratch: string, since: string | undefined): Promise<string> {
  const { rows } = await pool.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  await pool.query(`CREATE INDEX IF NOT EXISTS ${ADDED} ON ${scratch}.notices (created_at)`);
  const which = since === undefined ? 'true' : `n.status IN ('pending', 'failed') OR n.created_at >= $1`;
  await pool.query(keepDeliveriesSql(scratch, which), since === undefined ? [] : [since]);
  return rows[0]!.now;
}

/** Deliveries go on until the lock is taken. They change only what is pending. */
async function keepDeliveries(client: PoolClient, { scratch }: Takeover): Promise<void> {
  await client.query(keepDeliveriesSql(scratch, `n.status = 'pending'`));
  await client.query(`DROP INDEX ${scratch}.${ADDED}`);
}

/** How far a notice had got at the time, as far as the live table shows it. */
async function completePast(pool: Pool, scratch: string, time: string): Promise<void> {
  await pool.query(
    `UPDATE ${scratch}.notices n
        SET created_at = l.created_at, delivered_at = CASE WHEN l.delivered_at < $1 THEN l.delivered_at END,
            status = CASE WHEN l.delivered_at < $1 THEN 'delivered' WHEN l.status = 'withheld' THEN 'withheld' ELSE 'pending' END,
            next_attempt_at = CASE WHEN l.delivered_at < $1 OR l.status = 'withheld' THEN NULL ELSE l.created_at END
       FROM library.notices l WHERE l.notice_id = n.notice_id`,
    [time],
  );
}
