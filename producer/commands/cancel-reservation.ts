import { z } from 'zod';
import { endpoint } from '../../schemas/access';
import { bookId, reservationId, userId } from '../../schemas/fields';
import { defineCommand } from './command';

/** A reservation is given up, by its user or by staff. */
export const cancelReservation = defineCommand({
  ...endpoint('DELETE /v1/books/{bookId}/reservations/{reservationId}'),
  operationId: 'cancelReservation',
  tag: 'Reservations',
  summary: 'Cancel a reservation',
  description:
    'With `userId`, only a reservation of that user. A copy that was set aside goes to the next in line.',
  params: z.object({ bookId, reservationId }),
  query: z.object({
    userId: userId.optional().describe('Who asks. Absent: the patron who sends it, else staff.'),
  }),
  actor: ({ query }) => query.userId ?? null,
  resource: 'reservation',
  toEvent: ({ params, query }, { eventId }, occurredAt) => ({
    type: 'ReservationCancelled',
    eventId,
    occurredAt,
    ...params,
    userId: query.userId ?? null,
    reason: null,
  }),
});
