import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { bookId, reservationId, userId } from '../../schemas/fields';
import { defineCommand } from './command';

/** A reservation is passed over for a while, and keeps its place. */
export const suspendReservation = defineCommand({
  ...endpoint('POST /v1/books/{bookId}/reservations/{reservationId}/suspension'),
  operationId: 'suspendReservation',
  tag: 'Reservations',
  summary: 'Suspend a reservation',
  description:
    'With `userId`, only a reservation of that user. It keeps its place in the queue and is passed over; a copy that was set aside goes to the next in line.',
  params: z.object({ bookId, reservationId }),
  query: z.object({
    userId: userId.optional().describe('Who asks. Absent: the patron who sends it, else staff.'),
  }),
  actor: ({ query }) => query.userId ?? null,
  resource: 'reservation',
  toEvent: ({ params, query }, { eventId }, occurredAt) => ({
    type: 'ReservationSuspended',
    eventId,
    occurredAt,
    ...params,
    userId: query.userId ?? null,
  }),
});
