import type { Pool } from 'pg';
import { arrayLiteral } from '../../../infra/postgres/array';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { countCopies, type Book } from '../../domain/book';
import { FencedStatement } from '../../projector/fence';
import type { CheckpointAdvance } from '../../projector/projection';
import type { BatchResult } from './fold-batch';

/** The parts of the statement that stores a batch: see `FencedStatement`. */
const parts = (schema: string) => `
store_books AS (
  INSERT INTO "${schema}".books AS b (book_id, title, authors, isbn, year, total, available, reserved, on_loan, waiting)
  SELECT n.* FROM fence, unnest($10::text[], $11::text[], $12::jsonb[], $13::text[], $14::int[], $15::int[], $16::int[], $17::int[], $18::int[], $19::int[]) AS n
  ON CONFLICT (book_id) DO UPDATE SET title = excluded.title, authors = excluded.authors, isbn = excluded.isbn, year = excluded.year,
    total = excluded.total, available = excluded.available, reserved = excluded.reserved, on_loan = excluded.on_loan, waiting = excluded.waiting
), store_copies AS (
  INSERT INTO "${schema}".copies (book_id, copy_id, status, reservation_id, user_id)
  SELECT n.* FROM fence, unnest($20::text[], $21::text[], $22::text[], $23::uuid[], $24::text[]) AS n
  ON CONFLICT (book_id, copy_id) DO UPDATE SET status = excluded.status, reservation_id = excluded.reservation_id, user_id = excluded.user_id
), store_reservations AS (
  INSERT INTO "${schema}".reservations (book_id, reservation_id, user_id, status, copy_id, ticket, rejection, suspended, partition, "offset", pickup_by, reserved_at, updated_at)
  SELECT n.book_id, n.reservation_id, n.user_id, n.status, n.copy_id, n.ticket, n.rejection, n.suspended, $3, n."offset",
         to_timestamp(n.pickup_by / 1000.0), to_timestamp(n.reserved_at / 1000.0), to_timestamp(n.updated_at / 1000.0)
    FROM fence, unnest($25::text[], $26::uuid[], $27::text[], $28::text[], $29::text[], $30::bigint[], $31::text[], $32::bigint[], $33::bigint[], $34::bigint[], $35::bigint[], $46::boolean[])
      AS n(book_id, reservation_id, user_id, status, copy_id, ticket, rejection, "offset", pickup_by, reserved_at, updated_at, suspended)
  ON CONFLICT (book_id, reservation_id) DO UPDATE SET status = excluded.status, suspended = excluded.suspended, copy_id = excluded.copy_id, pickup_by = excluded.pickup_by,
    updated_at = excluded.updated_at, partition = excluded.partition, "offset" = excluded."offset"
), store_history AS (
  INSERT INTO "${schema}".history (book_id, partition, "offset", event_id, type, occurred_at, data, code)
  SELECT n.book_id, $3, n."offset", n.event_id, n.type, to_timestamp(n.occurred_at / 1000.0), n.data, n.code
    FROM fence, ROWS FROM (
        unnest($36::text[], $37::bigint[], $38::uuid[], $39::text[], $40::bigint[], $41::text[]), jsonb_array_elements($42::jsonb))
      AS n(book_id, "offset", event_id, type, occurred_at, code, data)
), store_window AS (
  INSERT INTO "${schema}".pickup_windows (partition, from_offset, pickup_window)
  SELECT $3, $4, $47::bigint FROM fence
   WHERE $47::bigint <> coalesce((SELECT w.pickup_window FROM "${schema}".pickup_windows w
                                   WHERE w.partition = $3 ORDER BY w.from_offset DESC LIMIT 1), -1)
  ON CONFLICT (partition, from_offset) DO UPDATE SET pickup_window = excluded.pickup_window
), store_outbox AS (
  INSERT INTO "${schema}".outbox (partition, "offset", seq, outcome)
  SELECT $3, n.* FROM fence, ROWS FROM (unnest($43::bigint[], $44::int[]), jsonb_array_elements($45::jsonb)) AS n
)`;

export interface AvailabilityStoreOptions {
  readonly pool: Pool;
  readonly schema: string;
  readonly consumer: string;
  readonly topic: string;
  /** The pickup window from now on, in milliseconds, to be written down for replays; null: it is written down already. */
  readonly pickupWindow: number | null;
}

/** Writes what a batch came to, with the step of the position. */
export class AvailabilityStore {
  private readonly statement: FencedStatement;

  constructor(private readonly options: AvailabilityStoreOptions) {
    this.statement = new FencedStatement({ ...options, parts: parts(options.schema) });
  }

  /** @throws {FencedError} when the partition is not where the step begins; nothing was written then */
  async store(step: CheckpointAdvance, result: BatchResult): Promise<void> {
    await this.statement.execute(step, [
      ...bookColumns(result),
      ...copyColumns(result),
      ...reservationColumns(result),
      ...historyColumns(result),
      ...outboxColumns(result.outbox),
      suspendedColumn(result),
      this.options.pickupWindow,
    ]);
  }
}

function bookColumns({ books }: BatchResult): string[] {
  const known = [...books].filter(
    (book): book is Book & { entry: NonNullable<Book['entry']> } => book.entry !== null,
  );
  const counts = known.map(({ copies }) => countCopies(copies.values()));
  return [
    arrayLiteral(known.map(({ bookId }) => bookId)),
    arrayLiteral(known.map(({ entry }) => entry.title)),
    arrayLiteral(known.map(({ entry }) => JSON.stringify(entry.authors))),
    arrayLiteral(known.map(({ entry }) => entry.isbn)),
    arrayLiteral(known.map(({ entry }) => entry.year)),
    arrayLiteral(counts.map(({ total }) => total)),
    arrayLiteral(counts.map(({ available }) => available)),
    arrayLiteral(counts.map(({ reserved }) => reserved)),
    arrayLiteral(counts.map(({ onLoan }) => onLoan)),
    arrayLiteral(known.map(({ waiting }) => waiting)),
  ];
}

function copyColumns({ copies }: BatchResult): string[] {
  const rows = [...copies.values()];
  return [
    arrayLiteral(rows.map(({ bookId }) => bookId)),
    arrayLiteral(rows.map(({ copy }) => copy.copyId)),
    arrayLiteral(rows.map(({ copy }) => copy.status)),
    arrayLiteral(rows.map(({ copy }) => copy.reservationId)),
    arrayLiteral(rows.map(({ copy }) => copy.userId)),
  ];
}

function reservationColumns({ reservations }: BatchResult): string[] {
  const rows = [...reservations.values()];
  return [
    arrayLiteral(rows.map(({ bookId }) => bookId)),
    arrayLiteral(rows.map(({ reservation }) => reservation.reservationId)),
    arrayLiteral(rows.map(({ reservation }) => reservation.userId)),
    arrayLiteral(rows.map(({ reservation }) => reservation.status)),
    arrayLiteral(rows.map(({ reservation }) => reservation.copyId)),
    arrayLiteral(rows.map(({ reservation }) => reservation.ticket)),
    arrayLiteral(rows.map(({ reservation }) => reservation.rejection)),
    arrayLiteral(rows.map(({ position }) => position.offset)),
    arrayLiteral(rows.map(({ reservation }) => reservation.pickupBy)),
    arrayLiteral(rows.map(({ reservation }) => reservation.reservedAt)),
    arrayLiteral(rows.map(({ updatedAt }) => updatedAt)),
  ];
}

/** What is JSON goes as one document: in an array literal every quote of it would have to be escaped. */
function historyColumns({ history }: BatchResult): string[] {
  return [
    arrayLiteral(history.map(({ event }) => event.bookId)),
    arrayLiteral(history.map(({ position }) => position.offset)),
    arrayLiteral(history.map(({ event }) => event.eventId)),
    arrayLiteral(history.map(({ event }) => event.type)),
    arrayLiteral(history.map(({ event }) => event.occurredAt)),
    arrayLiteral(history.map(({ code }) => code)),
    JSON.stringify(history.map(({ event }) => ownFields(event))),
  ];
}

function outboxColumns(outbox: BatchResult['outbox']): string[] {
  return [
    arrayLiteral(outbox.map(({ position }) => position.offset)),
    arrayLiteral(outbox.map(({ seq }) => seq)),
    JSON.stringify(outbox.map(({ outcome }) => outcome)),
  ];
}

function suspendedColumn({ reservations }: BatchResult): string {
  return arrayLiteral(Array.from(reservations.values(), ({ reservation }) => reservation.suspended));
}

/** The event without what all events have in common. */
function ownFields({ type, eventId, occurredAt, bookId, ...own }: LibraryEvent): object {
  return own;
}
