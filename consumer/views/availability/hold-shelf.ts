import type { Pool } from 'pg';
import { paginate } from '../../../infra/http/cursor';
import type { HeldCopyResource, Page } from './resources';

/** What a page of held copies goes on after. */
export type HeldCursor = readonly [pickupBy: string, bookId: string, reservationId: string];

interface Row {
  copy_id: string;
  book_id: string;
  title: string;
  reservation_id: string;
  user_id: string;
  pickup_by: Date;
  ready_since: Date | null;
  set_aside_by: string;
}

/** While a reservation is ready, the last event that changed it is the one that set its copy aside. */
const SET_ASIDE_BY = `(
  SELECT h.type FROM library.history h
   WHERE h.book_id = r.book_id AND h.partition = r.partition AND h."offset" = r."offset")`;

const READY = `SELECT r.*, ${SET_ASIDE_BY} AS set_aside_by FROM library.reservations r WHERE r.status = 'ready'`;

/** After these the copy that is set aside stood on the shelves. After all others it was at the desk already. */
const FETCHED = `WHERE r.set_aside_by IN ('BookReserved', 'ReservationResumed', 'CopyWithdrawn')`;

const KEY = '(r.pickup_by, r.book_id, r.reservation_id)';
const FROM_CURSOR = '($2::timestamptz, $3, $4::uuid)';

/**
 * A page of rows, with titles. They are found along the index of windows, and what stands in other tables is looked up for each row:
 * a join would be taken for one of few rows, and made over all there are.
 */
const pageSql = (rows: string, direction: 'ASC' | 'DESC') => `
  SELECT p.copy_id, p.book_id, (SELECT b.title FROM library.books b WHERE b.book_id = p.book_id) AS title, p.reservation_id, p.user_id,
         p.pickup_by, p.ready_since, p.set_aside_by
    FROM (SELECT * FROM (${rows}) AS r ORDER BY ${orderSql('r', direction)} LIMIT $1) AS p
   ORDER BY ${orderSql('p', direction)}`;

const orderSql = (rows: string, direction: 'ASC' | 'DESC') =>
  ['pickup_by', 'book_id', 'reservation_id'].map((column) => `${rows}.${column} ${direction}`).join(', ');

/** The copies that are set aside, over all books. */
export class HoldShelf {
  constructor(private readonly pool: Pool) {}

  /** All of them; the first to be taken off again comes first. */
  held(limit: number, cursor?: HeldCursor): Promise<Page<HeldCopyResource>> {
    const rows = cursor ? `${READY} AND ${KEY} > ${FROM_CURSOR}` : READY;
    const sql = pageSql(rows, 'ASC');
    return this.page('hold-shelf', sql, limit, cursor);
  }

  /** Those that stood on the shelves when they were set aside. The last one comes first: that of the newest window. */
  pulled(limit: number, cursor?: HeldCursor): Promise<Page<HeldCopyResource>> {
    const rows = cursor ? `${READY} AND ${KEY} < ${FROM_CURSOR}` : READY;
    const fetched = `SELECT * FROM (${rows}) AS r ${FETCHED}`;
    const sql = pageSql(fetched, 'DESC');
    return this.page('pull-list', sql, limit, cursor);
  }

  private async page(name: string, text: string, limit: number, cursor: HeldCursor | undefined) {
    const { rows } = await this.pool.query<Row>({
      name: cursor ? `${name}-on` : name,
      text,
      values: [limit + 1, ...(cursor ?? [])],
    });
    return paginate(rows, limit, toHeldCopy, (row) => [
      row.pickup_by.toISOString(),
      row.book_id,
      row.reservation_id,
    ]);
  }
}

function toHeldCopy(row: Row): HeldCopyResource {
  return {
    copyId: row.copy_id,
    bookId: row.book_id,
    title: row.title,
    reservationId: row.reservation_id,
    userId: row.user_id,
    pickupBy: row.pickup_by.toISOString(),
    readySince: row.ready_since?.toISOString() ?? null,
    setAsideBy: row.set_aside_by,
  };
}
