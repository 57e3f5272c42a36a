import { formatPosition } from '../../../infra/event-log/log';
import { explain, type RefusalCode } from '../../../schemas/refusals';
import { Prisma, type PrismaClient } from '../../prisma/client';
import { paginate } from '../cursor';
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
  offset: bigint;
  rank: number;
  ticket: bigint;
}

/** Ready, then waiting, then closed: the order in which a book's reservations are listed. */
const RANK = Prisma.sql`CASE r.status WHEN 'ready' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END`;

/** A place in the queue is counted, not stored: a cancellation at the head changes one row and not the whole queue. */
const SELECT_RESERVATIONS = Prisma.sql`
  SELECT r.*, ${RANK} AS rank, coalesce(b.waiting, 0) AS queue_length,
         CASE WHEN r.status = 'waiting' THEN (
           SELECT count(*)::int FROM library.reservations w
            WHERE w.book_id = r.book_id AND w.status = 'waiting' AND w.ticket <= r.ticket) END AS queue_position
    FROM library.reservations r LEFT JOIN library.books b ON b.book_id = r.book_id`;

export interface BookPage {
  readonly search?: string | undefined;
  readonly limit: number;
  readonly cursor?: readonly [bookId: string] | undefined;
}

/** Queries of the availability view. Lists take `limit` and the decoded cursor of the page before. */
export class AvailabilityQueries {
  constructor(private readonly prisma: PrismaClient) {}

  async book(bookId: string): Promise<BookResource | undefined> {
    const row = await this.prisma.book.findUnique({ where: { bookId } });
    return row ? toBook(row) : undefined;
  }

  async books({ search, limit, cursor }: BookPage): Promise<Page<BookResource>> {
    const found =
      search === undefined ? Prisma.empty : Prisma.sql`AND search @@ plainto_tsquery('simple', ${search})`;
    const rows = await this.prisma.$queryRaw<BookRow[]>`
      SELECT book_id AS "bookId", title, authors, isbn, year, total, available, reserved, on_loan AS "onLoan", waiting
        FROM library.books WHERE book_id > ${cursor?.[0] ?? ''} ${found} ORDER BY book_id LIMIT ${limit + 1}`;
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
    const [row] = await this.prisma.$queryRaw<ReservationRow[]>`
      ${SELECT_RESERVATIONS} WHERE r.book_id = ${bookId} AND r.reservation_id = ${reservationId}::uuid`;
    return row && toReservation(row);
  }

  async reservationsOfBook(
    bookId: string,
    status: ReservationResource['status'] | undefined,
    limit: number,
    cursor?: readonly [rank: number, ticket: number],
  ): Promise<Page<ReservationResource>> {
    const [rank, ticket] = cursor ?? [-1, 0];
    const rows = await this.prisma.$queryRaw<ReservationRow[]>`
      ${SELECT_RESERVATIONS}
      WHERE r.book_id = ${bookId} AND (${RANK}, r.ticket) > (${rank}::int, ${ticket}::bigint)
        AND (${status ?? null}::text IS NULL OR r.status = ${status ?? null}::text)
      ORDER BY rank, r.ticket LIMIT ${limit + 1}`;
    return paginate(rows, limit, toReservation, (row) => [row.rank, Number(row.ticket)]);
  }

  /** Newest first. */
  async reservationsOfUser(
    userId: string,
    limit: number,
    cursor?: readonly [reservedAt: string, reservationId: string, bookId: string],
  ): Promise<Page<ReservationResource>> {
    const before = cursor
      ? Prisma.sql`AND (r.reserved_at, r.reservation_id, r.book_id) < (${cursor[0]}::timestamptz, ${cursor[1]}::uuid, ${cursor[2]})`
      : Prisma.empty;
    const rows = await this.prisma.$queryRaw<ReservationRow[]>`
      ${SELECT_RESERVATIONS} WHERE r.user_id = ${userId} ${before}
      ORDER BY r.reserved_at DESC, r.reservation_id DESC, r.book_id DESC LIMIT ${limit + 1}`;
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
    const [partition, offset] = cursor ?? [-1, 0];
    const rows = await this.prisma.$queryRaw<HistoryRow[]>`
      SELECT partition, "offset", event_id, type, occurred_at, data, code FROM library.history
       WHERE book_id = ${bookId} AND (partition, "offset") > (${partition}::int, ${offset}::bigint)
       ORDER BY partition, "offset" LIMIT ${limit + 1}`;
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
  offset: bigint;
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
