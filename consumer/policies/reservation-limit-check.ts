import type { Pool } from 'pg';
import type { LibraryEvent } from '../../schemas/generated/events';
import { explain, type RefusalCode } from '../../schemas/refusals';

/** How long a reservation may be held up to ask, in milliseconds: nobody is to wait for a database. */
const PATIENCE_MS = 100;

/**
 * Turns away who has as many open reservations as are allowed, as far as the view knows by now. It is a courtesy: the
 * policy makes good what gets past it (`limit.ts`), and a database that is away or slow lets everybody in.
 */
export class ReservationLimitCheck {
  constructor(
    private readonly pool: Pool,
    private readonly limit: number,
  ) {}

  async refuses(event: LibraryEvent): Promise<{ code: RefusalCode; detail: string } | undefined> {
    if (event.type !== 'BookReserved') return undefined;
    const reached = await this.inTime(this.reached(event.userId, event.bookId, event.reservationId));
    return reached ? { code: 'limit-reached', detail: explain('limit-reached') } : undefined;
  }

  /** A repeated request finds its own reservation in the view: it is let in, to be answered as it was the first time. */
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

  private async inTime(answer: Promise<boolean>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), PATIENCE_MS);
    });
    try {
      return await Promise.race([answer.catch(() => false), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}
