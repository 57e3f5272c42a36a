import type { Pool } from 'pg';
import { FencedError } from '../../infra/log/log';
import type { Outcome } from '../../schemas/generated/events';
import type { Projection, ProjectionBatch } from '../projector/projection';
import { noticeOf } from './notice';

/** One statement, all of it through the fence: see the store of the availability view. What is there already stays as it is. */
const STORE = `
WITH fence AS (
  UPDATE library.progress SET next_offset = $5, updated_at = now()
   WHERE consumer = $1 AND topic = $2 AND partition = $3 AND next_offset = $4
  RETURNING true AS held
), store_notices AS (
  INSERT INTO library.notices (notice_id, kind, book_id, reservation_id, user_id, details)
  SELECT n.* FROM fence, unnest($6::uuid[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::jsonb[]) AS n
  ON CONFLICT (notice_id) DO NOTHING
)
SELECT held FROM fence`;

export interface NoticesOptions {
  readonly pool: Pool;
  readonly topic: string;
  /** Called when there may be new notices to deliver. */
  readonly onNotices?: () => void;
}

export const NOTICES = 'notices';

/**
 * Makes notices of outcomes. Delivering them is not its business: it only writes rows, so no receiver can hold it up.
 * An outcome may be on the topic more than once, always under the same ID; read anew from the beginning, the topic makes
 * no notice a second time.
 */
export class NoticesProjection implements Projection<Outcome> {
  readonly consumer = NOTICES;

  constructor(private readonly options: NoticesOptions) {}

  async project({ partition, fromOffset, nextOffset, events }: ProjectionBatch<Outcome>): Promise<void> {
    const { pool, topic, onNotices } = this.options;
    const notices = events.map(({ event }) => noticeOf(event)).filter((notice) => notice !== undefined);
    const { rows } = await pool.query<{ held: true }>({
      name: 'store-notices',
      text: STORE,
      values: [
        NOTICES,
        topic,
        partition,
        fromOffset,
        nextOffset,
        notices.map(({ noticeId }) => noticeId),
        notices.map(({ kind }) => kind),
        notices.map(({ bookId }) => bookId),
        notices.map(({ reservationId }) => reservationId),
        notices.map(({ userId }) => userId),
        notices.map(({ details }) => JSON.stringify(details)),
      ],
    });
    if (rows.length === 0) {
      throw new FencedError(
        `${NOTICES}: partition ${partition} is not at ${fromOffset} any more: another instance moved it on`,
      );
    }
    if (notices.length > 0) onNotices?.();
  }

  /** Nothing is cached. */
  forget(): void {}
}
