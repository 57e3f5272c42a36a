import type { Pool } from 'pg';
import type { Position } from '../../infra/event-log/log';
import type { Outcome } from '../../schemas/generated/events';
import { FencedStatement } from '../projector/fence';
import type { Projection, ProjectionBatch } from '../projector/projection';
import { insertRows } from '../projector/statement';
import { computed, defineTable, fixed, key, notCompared } from '../projector/table';
import { noticeOf, type Notice } from './notice';

/** A notice that is stored, with the state in which it begins. */
type NoticeRow = Notice & { readonly status: 'pending' | 'withheld'; readonly traceparent: string | null };

/** A notice that is stored already stays as it is. How far it has got does not follow from the stream. */
export const NOTICE_TABLE = defineTable<NoticeRow>('notices', {
  notice_id: key('uuid', (row) => row.noticeId),
  book_id: fixed('text', (row) => row.bookId),
  reservation_id: fixed('uuid', (row) => row.reservationId),
  user_id: fixed('text', (row) => row.userId),
  kind: fixed('text', (row) => row.kind),
  details: fixed('jsonb', (row) => row.details),
  // An older version stored none.
  traceparent: notCompared(fixed('text', (row) => row.traceparent)),
  status: notCompared(fixed('text', (row) => row.status)),
  next_attempt_at: notCompared(computed(() => `CASE WHEN n.status = 'pending' THEN now() END`, 'kept')),
});

export interface NoticesOptions {
  /** Its `search_path` names the schema of the view. */
  readonly pool: Pool;
  readonly topic: string;
  /**
   * How old an outcome may be for its notice to be delivered, in milliseconds. Notices of older ones are withheld, so that
   * a role that reads an existing topic for the first time does not notify users of its history.
   */
  readonly maxAge: number;
  /** Whether the notice of the outcome at a position may be delivered at all; default: of each. See `ProjectionOptions`. */
  readonly publishes?: (position: Position) => boolean;
  /** Called when there may be new notices to deliver. */
  readonly onNotices?: (partition: number) => void;
}

export const NOTICES = 'notices';

/**
 * Projects outcomes into notices. It only writes rows; the dispatcher delivers them, so no receiver can delay it. An outcome
 * may be on the topic more than once, always with the same ID: neither that nor a replay creates a notice twice.
 */
export class NoticesProjection implements Projection<Outcome> {
  readonly consumer = NOTICES;
  private readonly statement: FencedStatement<readonly NoticeRow[]>;
  private readonly maxAge: number;
  private readonly publishes: (position: Position) => boolean;
  private readonly onNotices: ((partition: number) => void) | undefined;

  constructor({ pool, topic, maxAge, publishes = () => true, onNotices }: NoticesOptions) {
    const parts = [insertRows(NOTICE_TABLE, (notices: readonly NoticeRow[]) => notices)];
    this.statement = new FencedStatement({ pool, consumer: NOTICES, topic, parts });
    this.maxAge = maxAge;
    this.publishes = publishes;
    this.onNotices = onNotices;
  }

  async project(batch: ProjectionBatch<Outcome>): Promise<void> {
    const oldest = Date.now() - this.maxAge;
    const notices = batch.events.flatMap(
      ({ event, position, timestamp, traceparent = null }): NoticeRow[] => {
        const notice = noticeOf(event);
        const status = timestamp > oldest && this.publishes(position) ? 'pending' : 'withheld';
        return notice ? [{ ...notice, status, traceparent }] : [];
      },
    );
    await this.statement.execute(batch, notices);
    if (notices.length > 0) this.onNotices?.(batch.partition);
  }

  /** Nothing is cached. */
  forget(): void {}
}
