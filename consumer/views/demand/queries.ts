import type { Pool } from 'pg';
import type { Page } from '../availability/resources';
import { paginate } from '../../../infra/http/cursor';
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
      // The titles of one page alone.
      text: `SELECT d.book_id AS "bookId", b.title, d.reservations, d.cancellations, coalesce(b.waiting, 0) AS waiting
               FROM (SELECT book_id, sum(reservations)::int AS reservations, sum(cancellations)::int AS cancellations
                       FROM library.demand_daily d WHERE ${BETWEEN} GROUP BY book_id
                     HAVING $3::int IS NULL OR sum(reservations) < $3 OR (sum(reservations) = $3 AND book_id > $4::text)
                      ORDER BY 2 DESC, 1 LIMIT $5) AS d
               LEFT JOIN library.books b ON b.book_id = d.book_id
              ORDER BY d.reservations DESC, d.book_id`,
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
    // Of one book or of all, and after a cursor or not: each form reads its own range of an index.
    const first = cursor?.[0] ?? from ?? '-infinity';
    const values: unknown[] = [first, to ?? 'infinity', limit + 1];
    const condition = (sql: (parameter: string) => string, ...own: string[]) => {
      values.push(...own);
      return own.length === 0 ? '' : `AND ${sql(`$${values.length}`)}`;
    };
    const ofBook = condition((book) => `d.book_id = ${book}`, ...(bookId === undefined ? [] : [bookId]));
    const afterCursor = condition(
      (book) => `(d.day, d.book_id) > ($1::date, ${book}::text)`,
      ...(cursor?.slice(1) ?? []),
    );
    const { rows } = await this.pool.query<DemandDayResource>({
      name: `demand-daily${ofBook && '-of-book'}${afterCursor && '-after'}`,
      text: `SELECT d.book_id AS "bookId", to_char(d.day, 'YYYY-MM-DD') AS day, d.reservations, d.cancellations
               FROM library.demand_daily d
              WHERE d.day BETWEEN $1::date AND $2::date ${ofBook} ${afterCursor} ORDER BY d.day, d.book_id LIMIT $3`,
      values,
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
