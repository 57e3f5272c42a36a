import type { Pool } from 'pg';
import type { Page } from '../availability/resources';
import { paginate } from '../cursor';
import { forecast, loanTimes, type LoanEvent } from './forecast';
import type { DemandDayResource, DemandResource, WaitForecastResource } from './resources';

/** Days, inclusive, YYYY-MM-DD; absent: from the first, to the last that there is. */
interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

interface DemandPage extends Days {
  readonly limit: number;
  readonly cursor?: readonly [reservations: number, bookId: string] | undefined;
}

interface DayPage extends Days {
  readonly bookId?: string | undefined;
  readonly limit: number;
  readonly cursor?: readonly [day: string, bookId: string] | undefined;
}

/** How many loan events the forecast is computed from at most: readers' habits of some years ago predict little. */
const LOAN_EVENTS = 1_000;

const BETWEEN = `d.day BETWEEN coalesce($1::date, '-infinity') AND coalesce($2::date, 'infinity')`;

/** Queries of the demand view. Titles and present queues come from the availability view. */
export class DemandQueries {
  constructor(private readonly pool: Pool) {}

  /** Most wanted first. */
  async mostWanted({ from, to, limit, cursor }: DemandPage): Promise<Page<DemandResource>> {
    const { rows } = await this.pool.query<DemandResource>({
      name: 'demand-most-wanted',
      text: `SELECT d.book_id AS "bookId", b.title, d.reservations, d.cancellations, coalesce(b.waiting, 0) AS waiting
               FROM (SELECT book_id, sum(reservations)::int AS reservations, sum(cancellations)::int AS cancellations
                       FROM library.demand_daily d WHERE ${BETWEEN} GROUP BY book_id) AS d
               LEFT JOIN library.books b ON b.book_id = d.book_id
              WHERE $3::int IS NULL OR d.reservations < $3 OR (d.reservations = $3 AND d.book_id > $4::text)
              ORDER BY d.reservations DESC, d.book_id LIMIT $5`,
      values: [from ?? null, to ?? null, cursor?.[0] ?? null, cursor?.[1] ?? null, limit + 1],
    });
    return paginate(
      rows,
      limit,
      (row) => row,
      ({ reservations, bookId }) => [reservations, bookId],
    );
  }

  /** Day by day, and within a day in the order of the books' IDs. */
  async daily({ bookId, from, to, limit, cursor }: DayPage): Promise<Page<DemandDayResource>> {
    const { rows } = await this.pool.query<DemandDayResource>({
      name: 'demand-daily',
      text: `SELECT d.book_id AS "bookId", to_char(d.day, 'YYYY-MM-DD') AS day, d.reservations, d.cancellations
               FROM library.demand_daily d
              WHERE ${BETWEEN} AND ($3::text IS NULL OR d.book_id = $3)
                AND ($4::date IS NULL OR (d.day, d.book_id) > ($4, $5::text))
              ORDER BY d.day, d.book_id LIMIT $6`,
      values: [from ?? null, to ?? null, bookId ?? null, cursor?.[0] ?? null, cursor?.[1] ?? null, limit + 1],
    });
    return paginate(
      rows,
      limit,
      (row) => row,
      (row) => [row.day, row.bookId],
    );
  }

  /** Undefined for a book that is not in the catalogue. */
  async forecast(bookId: string): Promise<WaitForecastResource | undefined> {
    const { rows } = await this.pool.query<{ total: number; available: number; waiting: number }>({
      name: 'forecast-book',
      text: 'SELECT total, available, waiting FROM library.books WHERE book_id = $1',
      values: [bookId],
    });
    const [book] = rows;
    if (!book) return undefined;
    const { total: copies, available, waiting } = book;
    const loans = loanTimes(await this.loanEvents(bookId));
    return { bookId, copies, waiting, ...forecast({ copies, available, waiting, loans }) };
  }

  private async loanEvents(bookId: string): Promise<LoanEvent[]> {
    const { rows } = await this.pool.query<{
      type: LoanEvent['type'];
      copy_id: string;
      occurred_at: Date;
    }>({
      name: 'forecast-loans',
      text: `SELECT type, data->>'copyId' AS copy_id, occurred_at FROM library.history
              WHERE book_id = $1 AND type IN ('CopyBorrowed', 'CopyReturned', 'CopyWithdrawn') AND code IS NULL
              ORDER BY partition DESC, "offset" DESC LIMIT $2`,
      values: [bookId, LOAN_EVENTS],
    });
    return rows.reverse().map(({ type, copy_id, occurred_at }) => ({
      type,
      copyId: copy_id,
      occurredAt: occurred_at.getTime(),
    }));
  }
}
