import { z } from 'zod';
import * as fields from '../../../schemas/fields';

/** The resources of the availability view as clients see them: shapes and, through OpenAPI, their documentation. */

const RESERVATION_ID = '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f37';

const count = z.int().min(0);
const time = z.iso.datetime().describe('ISO 8601, UTC');
const position = z.string().meta({ examples: ['1:1042'] });

export const RESERVATION_STATUSES = [
  'ready',
  'waiting',
  'fulfilled',
  'cancelled',
  'expired',
  'rejected',
] as const;

export const book = z
  .object({
    bookId: fields.bookId,
    title: z.string(),
    authors: z.array(z.string()),
    isbn: z.string().nullable(),
    year: z.int().nullable(),
    copies: z
      .object({ total: count, available: count, reserved: count, onLoan: count })
      .describe('`total` leaves out withdrawn copies'),
    waiting: count.describe('Reservations that wait for a copy'),
  })
  .meta({
    id: 'Book',
    examples: [
      {
        bookId: 'moby-dick',
        title: 'Moby-Dick',
        authors: ['Herman Melville'],
        isbn: '9780142437247',
        year: 1851,
        copies: { total: 3, available: 0, reserved: 1, onLoan: 2 },
        waiting: 4,
      },
    ],
  });

export const copy = z
  .object({
    copyId: fields.copyId,
    bookId: fields.bookId,
    status: z.enum(['available', 'reserved', 'on-loan', 'withdrawn']),
    reservationId: fields.reservationId
      .nullable()
      .describe("The reservation that it is set aside for; null for patrons where it is another's"),
    userId: fields.userId
      .nullable()
      .describe(
        'Who it is set aside for or on loan to; null for analysts, and for patrons where it is another',
      ),
  })
  .meta({
    id: 'Copy',
    examples: [
      {
        copyId: 'moby-dick-1',
        bookId: 'moby-dick',
        status: 'reserved',
        reservationId: RESERVATION_ID,
        userId: 'ishmael',
      },
    ],
  });

export const reservation = z
  .object({
    reservationId: fields.reservationId
      .nullable()
      .describe("null in the book's list for patrons, where it is another's"),
    bookId: fields.bookId,
    userId: fields.userId.nullable().describe('null for analysts, and for patrons where it is another'),
    status: z.enum(RESERVATION_STATUSES),
    suspended: z.boolean().describe('Passed over when a copy comes free, until it is resumed'),
    copyId: fields.copyId
      .nullable()
      .describe("The copy set aside (ready) or borrowed (fulfilled); null for patrons where it is another's"),
    queuePosition: z.int().min(1).nullable().describe('While waiting: 1 is next'),
    queueLength: count.describe('Reservations for this book that wait now'),
    pickupBy: time.nullable().describe('While ready: when the copy goes to the next in the queue'),
    rejection: z.object({ code: z.string(), detail: z.string() }).nullable(),
    reservedAt: time,
    updatedAt: time.describe('Time of the last event that changed it'),
    position: position.describe('Place in the stream of the last event that changed it'),
  })
  .meta({
    id: 'Reservation',
    examples: [
      {
        reservationId: RESERVATION_ID,
        bookId: 'moby-dick',
        userId: 'ishmael',
        status: 'ready',
        suspended: false,
        copyId: 'moby-dick-1',
        queuePosition: null,
        queueLength: 4,
        pickupBy: '2026-11-30T12:00:00.000Z',
        rejection: null,
        reservedAt: '2026-11-20T09:30:00.000Z',
        updatedAt: '2026-11-23T12:00:00.000Z',
        position: '1:1042',
      },
    ],
  });

export const heldCopy = z
  .object({
    copyId: fields.copyId,
    bookId: fields.bookId,
    title: z.string(),
    reservationId: fields.reservationId,
    userId: fields.userId,
    pickupBy: time.describe('When the copy goes to the next in the queue'),
    readySince: time.nullable().describe('When it was set aside; null where that was not recorded'),
    setAsideBy: z
      .string()
      .describe(
        'The type of the event that set it aside. After `BookReserved`, `ReservationResumed` and `CopyWithdrawn` (of another copy) it stood on the shelves, and has to be fetched',
      ),
  })
  .meta({
    id: 'HeldCopy',
    examples: [
      {
        copyId: 'moby-dick-1',
        bookId: 'moby-dick',
        title: 'Moby-Dick',
        reservationId: RESERVATION_ID,
        userId: 'ishmael',
        pickupBy: '2026-11-30T12:00:00.000Z',
        readySince: '2026-11-23T12:00:00.000Z',
        setAsideBy: 'CopyReturned',
      },
    ],
  });

export const historyEntry = z
  .object({
    position,
    eventId: z.string(),
    type: z.string(),
    occurredAt: time,
    data: z
      .record(z.string(), z.unknown())
      .describe("The event's own fields; for patrons without those about others, for analysts without users"),
    code: z.string().nullable().describe('Why the event had no effect; null where it had'),
  })
  .meta({
    id: 'HistoryEntry',
    examples: [
      {
        position: '1:1042',
        eventId: '01980f3c-7a2e-7c41-9f0a-5d2b8c6e1f38',
        type: 'BookReserved',
        occurredAt: '2026-11-23T12:00:00.000Z',
        data: { reservationId: RESERVATION_ID, userId: 'ishmael' },
        code: null,
      },
    ],
  });

export type BookResource = z.output<typeof book>;
export type CopyResource = z.output<typeof copy>;
export type ReservationResource = z.output<typeof reservation>;
export type HeldCopyResource = z.output<typeof heldCopy>;
export type HistoryEntryResource = z.output<typeof historyEntry>;

/** A page of a list. `nextCursor` is null on the last one. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}
