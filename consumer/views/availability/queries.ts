import type { Pool } from 'pg';
import { formatPosition } from '../../../infra/event-log/log';
import { explain, type RefusalCode } from '../../../schemas/refusals';
import type { PrismaClient } from '../../prisma/client';
import { paginate } from '../../../infra/http/cursor';
import { placeSql } from './queue-places';
import type {
  BookResource,
  CopyResource,
  HistoryEntryResource,
  Page,
  ReservationResource,
} from './resources';

interface ReservationRow {
  reservation_id: string;
  book_id: string;
  user_id: string;
  status: ReservationResource['status'];
  suspended: boolean;
  copy_id: string | null;
  queue_position: number | null;
  queue_length: number;
  pickup_by: Date | null;
  rejection: RefusalCode | null;
  reserved_at: Date;
  updated_at: Date;
  partition: number;
  offset: string;
  rank: number;
  ticket: string;
}

/** Ready, then waiting, then closed: the order in which a book's reservations are listed. */
const RANKS: Readonly<Record<ReservationResource['status'], number>> = {
  ready: 0,
  waiting: 1,
  fulfilled: 2,
  cancelled: 2,
  expired: 2,
  rejected: 2,
};
const STATUSES = Object.keys(RANKS) as ReservationResource['status'][];

const SELECT_RESERVATIONS = `
  SELECT r.*, coalesce(b.waiting, 0) AS queue_length,
         CASE WHEN r.status = 'waiting' THEN ${placeSql('r', 'b')} END AS queue_position
    FROM library.reservations r LEFT JOIN library.books b ON b.book_id = r.book_id`;

/** Signs are no part of words: as in the column `search`. */
const FOUND = `AND search @@ plainto_tsquery('simple', translate($3, '/\\.@-+<>&_:~%=?#', '                '))`;
const SELECT_BOOKS = `
  SELECT book_id AS "bookId", title, authors, isbn, year, total, available, reserved, on_loan AS "onLoan", waiting
    FROM library.books`;

/**
 * The reservations of book $1 with some statuses, each found in its own index in the order of the tickets: however many there are of
 * the others, $4 of each status at most are read. `OFFSET 0`: those that are ready are not looked for along the queue. Of a page only
 * the first place is looked up, and the others follow.
 */
function reservationsOfBookSql(statuses: readonly ReservationResource['status'][]): string {
  const parts = statuses.map(
    (status) => `(SELECT * FROM (
      SELECT ${RANKS[status]} AS rank, r.* FROM library.reservations r WHERE r.book_id = $1 AND r.status = '${status}'
         AND r.ticket > CASE $2::int WHEN ${RANKS[status]} THEN $3::bigint ELSE -1 END
      ${status === 'ready' ? 'OFFSET 0' : ''}) AS r ORDER BY ticket LIMIT $4)`,
  );
  return `
    WITH page AS MATERIALIZED (SELECT * FROM (${parts.join(' UNION ALL ')}) AS r ORDER BY rank, ticket LIMIT $4)
    SELECT p.*, coalesce(b.waiting, 0) AS queue_length,
           CASE WHEN p.status = 'waiting' THEN row_number() OVER (PARTITION BY p.rank ORDER BY p.ticket)::int - 1 + (
             SELECT ${placeSql('r', 'b')} FROM (SELECT * FROM page WHERE status = 'waiting' ORDER BY ticket LIMIT 1) AS r
               LEFT JOIN library.books b ON b.book_id = r.book_id) END AS queue_position
      FROM page p LEFT JOIN library.books b ON b.book_id = p.book_id
     ORDER BY p.rank, p.ticket`;
}

export interface BookPage {
  readonly search?: string | undefined;
  readonly limit: number;
  readonly cursor?: readonly [bookId: string] | undefined;
}

/** Queries of the availability view. Lists take `limit` and the decoded cursor of the page before. */
export class AvailabilityQueries {
  /** @param pool for the statements that are written here, which Postgres prepares once for each connection */
  constructor(
    private readonly prisma: PrismaClient,
    private readonly pool: Pool,
  ) {}

  async book(bookId: string): Promise<BookResource | undefined> {
    const { rows } = await this.pool.query<BookRow>({
      name: 'book',
      text: `${SELECT_BOOKS} WHERE book_id = $1`,
      values: [bookId],
    });
    return rows[0] && toBook(rows[0]);
  }

  async books({ search, limit, cursor }: BookPage): Promise<Page<BookResource>> {
    // Blanks name no word to look for.
    const [found, ...words] = search?.trim() ? [FOUND, search] : [''];
    // Which index is the better one depends on how frequent the words are: with a search each statement is planned anew.
    const { rows } = await this.pool.query<BookRow>({
      ...(words.length === 0 && { name: 'books' }),
      text: `${SELECT_BOOKS} WHERE book_id > $1 ${found} ORDER BY book_id LIMIT $2`,
      values: [cursor?.[0] ?? '', limit + 1, ...words],
    });
    return paginate(rows, limit, toBook, ({ bookId }) => [bookId]);
  }

  async copy(bookId: string, copyId: string): Promise<CopyResource | undefined> {
    const row = await this.prisma.copy.findUnique({ where: { bookId_copyId: { bookId, copyId } } });
    return row ? toCopy(row as CopyResource) : undefined;
  }

  async copies(
    bookId: string,
    limit: number,
    cursor?: readonly [copyId: string],
  ): Promise<Page<CopyResource>> {
    const rows = await this.prisma.copy.findMany({
      where: { bookId, ...(cursor && { copyId: { gt: cursor[0] } }) },
      orderBy: { copyId: 'asc' },
      take: limit + 1,
    });
    return paginate(rows as CopyResource[], limit, toCopy, ({ copyId }) => [copyId]);
  }

  async reservation(bookId: string, reservationId: string): Promise<ReservationResource | undefined> {
    const { rows } = await this.pool.query<ReservationRow>({
      name: 'reservation',
      text: `${SELECT_RESERVATIONS} WHERE r.book_id = $1 AND r.reservation_id = $2::uuid`,
      values: [bookId, reservationId],
    });
    return rows[0] && toReservation(rows[0]);
  }

  async reservationsOfBook(
    bookId: string,
    status: ReservationResource['status'] | undefined,
    limit: number,
    cursor: readonly [rank: number, ticket: number] = [-1, 0],
  ): Promise<Page<ReservationResource>> {
    const [rank, ticket] = cursor;
    const wanted = STATUSES.filter((each) => RANKS[each] >= rank && (status ?? each) === each);
    if (wanted.length === 0) return { items: [], nextCursor: null };
    const { rows } = await this.pool.query<ReservationRow>({
      // Names of statements have 63 characters at most: three letters tell all statuses apart.
      name: `reservations-of-book-${wanted.map((status) => status.slice(0, 3)).join('-')}`,
      text: reservationsOfBookSql(wanted),
      values: [bookId, rank, ticket, limit + 1],
    });
    return paginate(rows, limit, toReservation, (row) => [row.rank, Number(row.ticket)]);
  }

  /** Newest first. */
  async reservationsOfUser(
    userId: string,
    limit: number,
    cursor?: readonly [reservedAt: string, reservationId: string, bookId: string],
  ): Promise<Page<ReservationResource>> {
    const before = cursor
      ? 'AND (r.reserved_at, r.reservation_id, r.book_id) < ($3::timestamptz, $4::uuid, $5)'
      : '';
    const { rows } = await this.pool.query<ReservationRow>({
      name: cursor ? 'reservations-of-user-before' : 'reservations-of-user',
      text: `${SELECT_RESERVATIONS} WHERE r.user_id = $1 ${before}
              ORDER BY r.reserved_at DESC, r.reservation_id DESC, r.book_id DESC LIMIT $2`,
      values: [userId, limit + 1, ...(cursor ?? [])],
    });
    return paginate(rows, limit, toReservation, (row) => [
      row.reserved_at.toISOString(),
      row.reservation_id,
      row.book_id,
    ]);
  }

  async history(
    bookId: string,
    limit: number,
    cursor?: readonly [partition: number, offset: number],
  ): Promise<Page<HistoryEntryResource>> {
    const { rows } = await this.pool.query<HistoryRow>({
      name: 'history',
      text: `SELECT partition, "offset", event_id, type, occurred_at, data, code FROM library.history
              WHERE book_id = $1 AND (partition, "offset") > ($2::int, $3::bigint) ORDER BY partition, "offset" LIMIT $4`,
      values: [bookId, ...(cursor ?? [-1, 0]), limit + 1],
    });
    return paginate(rows, limit, toHistoryEntry, (row) => [row.partition, Number(row.offset)]);
  }

  /** Those of the reservations of a book that are the user's. */
  async ownAmong(bookId: string, ids: readonly string[], userId: string): Promise<ReadonlySet<string>> {
    const rows = await this.prisma.reservation.findMany({
      where: { bookId, userId, reservationId: { in: [...ids] } },
      select: { reservationId: true },
    });
    return new Set(rows.map(({ reservationId }) => reservationId));
  }

  /** The code of an event in the history, null where it took effect; undefined where it is not in the history. */
  async codeOf(bookId: string, eventId: string): Promise<RefusalCode | null | undefined> {
    const entry = await this.prisma.historyEntry.findUnique({
      where: { eventId_bookId: { eventId, bookId } },
      select: { code: true },
    });
    return entry ? (entry.code as RefusalCode | null) : undefined;
  }
}

interface BookRow {
  bookId: string;
  title: string;
  authors: unknown;
  isbn: string | null;
  year: number | null;
  total: number;
  available: number;
  reserved: number;
  onLoan: number;
  waiting: number;
}

interface HistoryRow {
  partition: number;
  offset: string;
  event_id: string;
  type: string;
  occurred_at: Date;
  data: Record<string, unknown>;
  code: string | null;
}

function toBook(row: BookRow): BookResource {
  const { bookId, title, authors, isbn, year, total, available, reserved, onLoan, waiting } = row;
  const copies = { total, available, reserved, onLoan };
  return { bookId, title, authors: authors as string[], isbn, year, copies, waiting };
}

function toCopy({ copyId, bookId, status, reservationId, userId }: CopyResource): CopyResource {
  return { copyId, bookId, status, reservationId, userId };
}

function toReservation(row: ReservationRow): ReservationResource {
  return {
    reservationId: row.reservation_id,
    bookId: row.book_id,
    userId: row.user_id,
    status: row.status,
    suspended: row.suspended,
    copyId: row.copy_id,
    queuePosition: row.queue_position,
    queueLength: row.queue_length,
    pickupBy: row.pickup_by?.toISOString() ?? null,
    rejection: row.rejection && { code: row.rejection, detail: explain(row.rejection) },
    reservedAt: row.reserved_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    position: formatPosition({ partition: row.partition, offset: Number(row.offset) }),
  };
}

function toHistoryEntry(row: HistoryRow): HistoryEntryResource {
  return {
    position: formatPosition({ partition: row.partition, offset: Number(row.offset) }),
    eventId: row.event_id,
    type: row.type,
    occurredAt: row.occurred_at.toISOString(),
    data: row.data,
    code: row.code,
  };
}
