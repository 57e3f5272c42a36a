import type { Pool } from 'pg';
import type { Notice } from './notice';

/** A notice that this instance may deliver until its lease expires. */
export interface ClaimedNotice extends Notice {
  /** The number of this attempt; 1 = the first. */
  readonly attempts: number;
  /** The trace of the outcome; null: none. */
  readonly traceparent: string | null;
}

/** The result of an attempt; `pending`: another one follows after the pause, in milliseconds. */
export type DeliveryResult = { readonly notice: ClaimedNotice } & (
  | { readonly status: 'delivered' | 'withheld' }
  | { readonly status: 'failed'; readonly error: string }
  | { readonly status: 'pending'; readonly error: string; readonly pause: number }
);

export interface ClaimLimits {
  /** How many notices to claim at most. */
  readonly all: number;
  /** How many of them may be retries. */
  readonly again: number;
  /** How long the claim lasts, in milliseconds. */
  readonly lease: number;
}

/**
 * Claims notices that are due. A claim postpones the next attempt by the length of the lease, and is committed before
 * anything is sent: no transaction stays open for a slow receiver, and the notices of an instance that died become due
 * again.
 */
const CLAIM = `
WITH new AS (
  SELECT notice_id, next_attempt_at FROM library.notices
   WHERE status = 'pending' AND attempts = 0 AND next_attempt_at <= now()
   ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
), again AS (
  SELECT notice_id, next_attempt_at FROM library.notices
   WHERE status = 'pending' AND attempts > 0 AND next_attempt_at <= now()
   ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED
), due AS (
  SELECT notice_id FROM (SELECT * FROM new UNION ALL SELECT * FROM again) AS both_kinds ORDER BY next_attempt_at LIMIT $1
)
UPDATE library.notices n SET attempts = n.attempts + 1, next_attempt_at = now() + $3 * interval '1 millisecond'
  FROM due WHERE n.notice_id = due.notice_id
RETURNING n.notice_id AS "noticeId", n.kind, n.book_id AS "bookId", n.reservation_id AS "reservationId",
          n.user_id AS "userId", n.details, n.attempts, n.traceparent`;

/**
 * Stores the results of attempts. If the lease expired, another instance may have claimed the notice since: then only a
 * success still counts.
 */
const SETTLE = `
UPDATE library.notices n
   SET status = r.status, last_error = r.error, delivered_at = CASE WHEN r.status = 'delivered' THEN now() END,
       next_attempt_at = CASE WHEN r.status = 'pending' THEN now() + r.pause * interval '1 millisecond' END
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[]) AS r(notice_id, attempts, status, error, pause)
 WHERE n.notice_id = r.notice_id AND n.status <> 'delivered'
   AND (r.status = 'delivered' OR (n.status = 'pending' AND n.attempts = r.attempts))`;

/** The queue of notices to be delivered, shared by all instances. */
export class NoticeQueue {
  constructor(private readonly pool: Pool) {}

  /** Claims notices that are due, in no particular order. */
  async claim({ all, again, lease }: ClaimLimits): Promise<ClaimedNotice[]> {
    const { rows } = await this.pool.query<ClaimedNotice>({
      name: 'claim-notices',
      text: CLAIM,
      values: [all, again, lease],
    });
    return rows;
  }

  /** Stores the results of attempts. */
  async settle(results: readonly DeliveryResult[]): Promise<void> {
    await this.pool.query({
      name: 'settle-notices',
      text: SETTLE,
      values: [
        results.map(({ notice }) => notice.noticeId),
        results.map(({ notice }) => notice.attempts),
        results.map(({ status }) => status),
        results.map((result) => ('error' in result ? result.error : null)),
        results.map((result) => ('pause' in result ? Math.ceil(result.pause) : null)),
      ],
    });
  }

  /**
   * How many notices are pending, and how many were given up; and for how long the one that has waited the longest has been due, in
   * seconds.
   */
  async counts(): Promise<{ pending: number; failed: number; overdue: number }> {
    // Separate subqueries: each can use a partial index of just its rows.
    const { rows } = await this.pool.query<{ pending: number; failed: number; overdue: number }>(
      `SELECT (SELECT count(*)::int FROM library.notices WHERE status = 'pending' AND attempts = 0)
            + (SELECT count(*)::int FROM library.notices WHERE status = 'pending' AND attempts > 0) AS pending,
              (SELECT count(*)::int FROM library.notices WHERE status = 'failed') AS failed,
              coalesce(extract(epoch FROM now() - least(
                (SELECT min(next_attempt_at) FROM library.notices WHERE status = 'pending' AND attempts = 0),
                (SELECT min(next_attempt_at) FROM library.notices WHERE status = 'pending' AND attempts > 0))), 0)::float8 AS overdue`,
    );
    return rows[0]!;
  }
}
