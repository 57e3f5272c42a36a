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
const SELECT = `
  SELECT r.copy_id, r.book_id, b.title, r.reservation_id, r.user_id, r.pickup_by, r.ready_since, h.type AS set_aside_by
    FROM library.reservations r JOIN library.books b ON b.book_id = r.book_id
    JOIN library.history h ON h.book_id = r.book_id AND h.partition = r.partition AND h."offset" = r."offset"
   WHERE r.status = 'ready'`;

/** After these the copy that is set aside stood on the shelves. After all others it was at the desk already. */
const FETCHED = `AND h.type IN ('BookReserved', 'ReservationResumed', 'CopyWithdrawn')`;

const ORDER = {
  asc: 'r.pickup_by, r.book_id, r.reservation_id',
  desc: 'r.pickup_by DESC, r.book_id DESC, r.reservation_id DESC',
};

/** The copies that are set aside, over all books. */
export class HoldShelf {
  constructor(private readonly pool: Pool) {}

  /** All of them; the first to be taken off again comes first. */
  held(limit: number, cursor?: HeldCursor): Promise<Page<HeldCopyResource>> {
    const after =
      cursor && 'AND (r.pickup_by, r.book_id, r.reservation_id) > ($2::timestamptz, $3, $4::uuid)';
    return this.page('hold-shelf', `${after ?? ''} ORDER BY ${ORDER.asc}`, limit, cursor);
  }

  /** Those that stood on the shelves when they were set aside. The last one comes first: that of the newest window. */
  pulled(limit: number, cursor?: HeldCursor): Promise<Page<HeldCopyResource>> {
    const before =
      cursor && 'AND (r.pickup_by, r.book_id, r.reservation_id) < ($2::timestamptz, $3, $4::uuid)';
    return this.page('pull-list', `${FETCHED} ${before ?? ''} ORDER BY ${ORDER.desc}`, limit, cursor);
  }

  private async page(name: string, rest: string, limit: number, cursor: HeldCursor | undefined) {
    const { rows } = await this.pool.query<Row>({
      name: cursor ? `${name}-on` : name,
      text: `${SELECT} ${rest} LIMIT $1`,
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
