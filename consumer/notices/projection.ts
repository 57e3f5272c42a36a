import type { Pool } from 'pg';
import type { Position } from '../../infra/event-log/log';
import type { Outcome } from '../../schemas/generated/events';
import { FencedStatement } from '../projector/fence';
import type { Projection, ProjectionBatch } from '../projector/projection';
import { noticeOf } from './notice';

/** Rows that exist already stay as they are. */
const parts = (schema: string) => `
store_notices AS (
  INSERT INTO "${schema}".notices (notice_id, kind, book_id, reservation_id, user_id, details, status, next_attempt_at)
  SELECT n.*, CASE WHEN n.status = 'pending' THEN now() END
    FROM fence, unnest($10::uuid[], $11::text[], $12::text[], $13::uuid[], $14::text[], $15::jsonb[], $16::text[])
      AS n(notice_id, kind, book_id, reservation_id, user_id, details, status)
  ON CONFLICT (notice_id) DO NOTHING
)`;

export interface NoticesOptions {
  readonly pool: Pool;
  readonly topic: string;
  /** The Postgres schema of the view. */
  readonly schema?: string;
  /**
   * How old an outcome may be for its notice to be delivered, in milliseconds. Notices of older ones are withheld, so that
   * a role that reads an existing topic for the first time does not notify users of its history.
   */
  readonly maxAge: number;
  /**
   * Whether the notice of the outcome at a position may be delivered at all; default: of each. See
   * `AvailabilityOptions`.
   */
  readonly publishes?: (position: Position) => boolean;
  /** Called when there may be new notices to deliver. */
  readonly onNotices?: () => void;
}

export const NOTICES = 'notices';

/**
 * Projects outcomes into notices. It only writes rows; the dispatcher delivers them, so no receiver can delay it. An outcome
 * may be on the topic more than once, always with the same ID: neither that nor a replay creates a notice twice.
 */
export class NoticesProjection implements Projection<Outcome> {
  readonly consumer = NOTICES;
  private readonly statement: FencedStatement;
  private readonly maxAge: number;
  private readonly publishes: (position: Position) => boolean;
  private readonly onNotices: (() => void) | undefined;

  constructor({
    pool,
    topic,
    schema = 'library',
    maxAge,
    publishes = () => true,
    onNotices,
  }: NoticesOptions) {
    this.statement = new FencedStatement({ pool, schema, consumer: NOTICES, topic, parts: parts(schema) });
    this.maxAge = maxAge;
    this.publishes = publishes;
    this.onNotices = onNotices;
  }

  async project(batch: ProjectionBatch<Outcome>): Promise<void> {
    const oldest = Date.now() - this.maxAge;
    const notices = batch.events.flatMap(({ event, position, timestamp }) => {
      const notice = noticeOf(event);
      const status = timestamp > oldest && this.publishes(position) ? 'pending' : 'withheld';
      return notice ? [{ ...notice, status }] : [];
    });
    await this.statement.execute(batch, [
      notices.map(({ noticeId }) => noticeId),
      notices.map(({ kind }) => kind),
      notices.map(({ bookId }) => bookId),
      notices.map(({ reservationId }) => reservationId),
      notices.map(({ userId }) => userId),
      notices.map(({ details }) => JSON.stringify(details)),
      notices.map(({ status }) => status),
    ]);
    if (notices.length > 0) this.onNotices?.();
  }

  /** Nothing is cached. */
  forget(): void {}
}
