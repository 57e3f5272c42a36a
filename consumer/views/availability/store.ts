import type { Pool } from 'pg';
import { FencedError } from '../../../infra/log/log';
import { arrayLiteral } from '../../../infra/postgres/array';
import type { LibraryEvent } from '../../../schemas/generated/events';
import { countCopies, type Book } from '../../domain/book';
import type { ProjectionBatch } from '../../projector/projection';
import type { BatchResult } from './fold-batch';

/**
 * The whole batch in one statement, and so in one transaction and one round trip.
 *
 * `fence` moves the position only if it is the expected one. All other parts take their rows through it, so that nothing
 * is written when it does not move: then somebody else owns the partition. A row lock on `progress` makes a second
 * projector of the same partition wait here until the first has committed, and then find the position moved.
 * Parts of one statement run in no particular order: the constraints between rows are deferred to the end.
 */
const storeSql = (schema: string) => `
WITH fence AS (
  UPDATE "${schema}".progress SET next_offset = $5, updated_at = now()
   WHERE consumer = $1 AND topic = $2 AND partition = $3 AND next_offset = $4
  RETURNING true AS held
), store_books AS (
  INSERT INTO "${schema}".books AS b (book_id, title, authors, isbn, year, total, available, reserved, on_loan, waiting)
  SELECT n.* FROM fence, unnest($6::text[], $7::text[], $8::jsonb[], $9::text[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[], $15::int[]) AS n
  ON CONFLICT (book_id) DO UPDATE SET title = excluded.title, authors = excluded.authors, isbn = excluded.isbn, year = excluded.year,
    total = excluded.total, available = excluded.available, reserved = excluded.reserved, on_loan = excluded.on_loan, waiting = excluded.waiting
), store_copies AS (
  INSERT INTO "${schema}".copies (book_id, copy_id, status, reservation_id, user_id)
  SELECT n.* FROM fence, unnest($16::text[], $17::text[], $18::text[], $19::uuid[], $20::text[]) AS n
  ON CONFLICT (book_id, copy_id) DO UPDATE SET status = excluded.status, reservation_id = excluded.reservation_id, user_id = excluded.user_id
), store_reservations AS (
  INSERT INTO "${schema}".reservations (book_id, reservation_id, user_id, status, copy_id, ticket, rejection, suspended, partition, "offset", pickup_by, reserved_at, updated_at)
  SELECT n.book_id, n.reservation_id, n.user_id, n.status, n.copy_id, n.ticket, n.rejection, n.suspended, $3, n."offset",
         to_timestamp(n.pickup_by / 1000.0), to_timestamp(n.reserved_at / 1000.0), to_timestamp(n.updated_at / 1000.0)
    FROM fence, unnest($21::text[], $22::uuid[], $23::text[], $24::text[], $25::text[], $26::bigint[], $27::text[], $28::bigint[], $29::bigint[], $30::bigint[], $31::bigint[], $42::boolean[])
      AS n(book_id, reservation_id, user_id, status, copy_id, ticket, rejection, "offset", pickup_by, reserved_at, updated_at, suspended)
  ON CONFLICT (book_id, reservation_id) DO UPDATE SET status = excluded.status, suspended = excluded.suspended, copy_id = excluded.copy_id, pickup_by = excluded.pickup_by,
    updated_at = excluded.updated_at, partition = excluded.partition, "offset" = excluded."offset"
), store_history AS (
  INSERT INTO "${schema}".history (book_id, partition, "offset", event_id, type, occurred_at, data, code)
  SELECT n.book_id, $3, n."offset", n.event_id, n.type, to_timestamp(n.occurred_at / 1000.0), n.data, n.code
    FROM fence, ROWS FROM (
        unnest($32::text[], $33::bigint[], $34::uuid[], $35::text[], $36::bigint[], $37::text[]), jsonb_array_elements($38::jsonb))
      AS n(book_id, "offset", event_id, type, occurred_at, code, data)
), store_outbox AS (
  INSERT INTO "${schema}".outbox (partition, "offset", seq, outcome)
  SELECT $3, n.* FROM fence, ROWS FROM (unnest($39::bigint[], $40::int[]), jsonb_array_elements($41::jsonb)) AS n
)
SELECT held FROM fence`;

/** Writes what a batch came to, with the step of the position. */
export class AvailabilityStore {
  readonly #query: { name: string; text: string };

  constructor(
    private readonly pool: Pool,
    private readonly schema: string,
    private readonly consumer: string,
    private readonly topic: string,
    /** Whether outcomes are to be told to others. Off when the view is built anew: they were told before. */
    private readonly tells: boolean,
  ) {
    this.#query = { name: `store-${this.schema}`, text: storeSql(this.schema) };
  }

  /** @throws {FencedError} when the stored position is not where the batch begins; nothing was written then */
  async store(batch: ProjectionBatch<LibraryEvent>, result: BatchResult): Promise<void> {
    const { partition, fromOffset, nextOffset } = batch;
    const { rows } = await this.pool.query<{ held: true }>({
      ...this.#query,
      values: [
        this.consumer,
        this.topic,
        partition,
        fromOffset,
        nextOffset,
        ...bookColumns(result),
        ...copyColumns(result),
        ...reservationColumns(result),
        ...historyColumns(result),
        ...outboxColumns(this.tells ? result.outbox : []),
        suspendedColumn(result),
      ],
    });
    if (rows.length === 0) {
      throw new FencedError(
        `${this.consumer}: partition ${partition} is not at ${fromOffset} any more: another instance moved it on`,
      );
    }
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
