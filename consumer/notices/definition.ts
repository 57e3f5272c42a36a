import type { Pool, PoolClient } from 'pg';
import { OUTCOMES } from '../../schemas/generated/events';
import { defineView, type Takeover } from '../views/definition';
import { NOTICE_TABLE, NoticesProjection } from './projection';

export const NOTICES_VIEW = defineView({
  name: 'notices',
  events: OUTCOMES,
  tables: [NOTICE_TABLE],
  createProjection: ({ noticeMaxAge, onStored, ...options }) =>
    new NoticesProjection({ ...options, maxAge: noticeMaxAge, ...(onStored && { onNotices: onStored }) }),
  carryOver: keepDeliveries,
  completePast,
});

/** How far a notice has got is on no topic: it stays as the live table has it. */
async function keepDeliveries(client: PoolClient, { scratch }: Takeover): Promise<void> {
  await client.query(
    `UPDATE ${scratch}.notices n
        SET status = l.status, attempts = l.attempts, next_attempt_at = l.next_attempt_at, delivered_at = l.delivered_at,
            last_error = l.last_error, created_at = l.created_at
       FROM library.notices l WHERE l.notice_id = n.notice_id`,
  );
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
