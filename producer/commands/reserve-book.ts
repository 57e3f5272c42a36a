import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { bookId, userId } from '../../schemas/fields';
import { defineCommand } from './command';

/** The path of a reservation, which is valid whatever becomes of it. */
export function reservationPath(book: string, reservation: string): string {
  return `/v1/books/${book}/reservations/${reservation}`;
}

/** A user asks for a book: any copy of it. */
export const reserveBook = defineCommand({
  ...endpoint('POST /v1/books/{bookId}/reservations'),
  operationId: 'reserveBook',
  tag: 'Reservations',
  summary: 'Reserve a book',
  description:
    'A free copy is set aside; if there is none, the reservation waits in line. A request that is refused leaves a ' +
    'reservation with the status `rejected` and the reason.',
  params: z.object({ bookId }),
  query: z.object({}),
  body: z.strictObject({ userId }),
  bodyExample: { userId: 'ishmael' },
  actor: ({ body }) => body.userId,
  resource: 'reservation',
  toEvent: ({ params, body }, { eventId, reservationId }, occurredAt) => ({
    type: 'BookReserved',
    eventId,
    occurredAt,
    bookId: params.bookId,
    reservationId,
    userId: body.userId,
  }),
  location: ({ params }, { reservationId }) => reservationPath(params.bookId, reservationId),
});
