import type { Pool } from 'pg';
import { withDeadline } from '../../infra/deadline';
import type { LibraryEvent } from '../../schemas/generated/events';
import { explain, type RefusalCode } from '../../schemas/refusals';

/** How long the query may delay a reservation, in milliseconds: writes must not depend on the database. */
const TIMEOUT_MS = 100;

/**
 * Refuses reservations of users who have reached the limit of open reservations, as far as the view shows by now. It is
 * best effort: the policy corrects what gets past it (`limit.ts`), and all are admitted while the database is away or slow.
 */
export class ReservationLimitCheck {
  constructor(
    private readonly pool: Pool,
    private readonly limit: number,
  ) {}

  async refuses(event: LibraryEvent): Promise<{ code: RefusalCode; detail: string } | undefined> {
    if (event.type !== 'BookReserved') return undefined;
    const query = () => this.reached(event.userId, event.bookId, event.reservationId);
    const reached = await withDeadline(TIMEOUT_MS, query).catch(() => false);
    return reached ? { code: 'limit-reached', detail: explain('limit-reached') } : undefined;
  }

  /**
   * A repeated request, whose reservation is in the view already, is admitted: it gets the same answer as the first.
   */
  private async reached(userId: string, bookId: string, reservationId: string): Promise<boolean> {
    const { rows } = await this.pool.query<{ open: number; repeated: boolean }>({
      name: 'open-of-user',
      text: `SELECT count(*) FILTER (WHERE status IN ('waiting', 'ready'))::int AS open,
                    coalesce(bool_or(book_id = $2 AND reservation_id = $3), false) AS repeated
               FROM library.reservations WHERE user_id = $1`,
      values: [userId, bookId, reservationId],
    });
    return !rows[0]!.repeated && rows[0]!.open >= this.limit;
  }
}
